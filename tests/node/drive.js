// Drives the npm package `rally` against the sandbox and asserts what comes back.
//
//     node drive.js PROGRAM [STEP...]
//
// PROGRAM is the built example `sandbox`; this script starts and ends it.
'use strict';

const { main, refused, step } = require('./harness');
const assert = require('assert').strict;
const rally = require('rally');

const query = rally.util.query;
const byKey = (world, more) => rally({ server: world.server, apiKey: world.key, ...more });
const byPassword = (world) => rally({ server: world.server, user: world.user, pass: world.password });
const names = (result) => result.Results.map((row) => row.Name);

step('query', async (world) => {
  const result = await byKey(world).query({
    type: 'defect',
    fetch: ['FormattedID', 'Name', 'State'],
    order: 'Rank',
    query: query.where('State', '=', 'Open').or('State', '=', 'Fixed'),
    scope: { workspace: '/workspace/10' },
  });
  assert.deepEqual(result.Errors, []);
  assert.equal(result.TotalResultCount, result.Results.length);
  assert.deepEqual([...new Set(result.Results.map((row) => row.State))].sort(), ['Fixed', 'Open']);
});

step('pages', async (world) => {
  const options = { type: 'hierarchicalrequirement', fetch: 'Name', order: 'ObjectID', pageSize: 100, limit: 600 };
  const result = await byKey(world).query({ ...options, scope: { project: '/project/108', up: false, down: false } });
  assert.equal(result.TotalResultCount, 640);
  assert.equal(new Set(result.Results.map((row) => row._ref)).size, 600);
  const pages = (await world.ask('GET', 'requests')).requests.map((request) => Object.fromEntries(request.params).start);
  assert.deepEqual(pages, ['1', '101', '201', '301', '401', '501']);
});

step('conditions', async (world) => {
  const api = byKey(world);
  const count = async (type, where, scope) => {
    const result = await api.query({ type, query: where, fetch: 'ObjectID', limit: 1, scope: { workspace: '/workspace/10', ...scope } });
    return result.TotalResultCount;
  };
  // Compared by number, and an empty collection.
  assert.equal(await count('defect', query.where('FormattedID', '<', 3)), 2);
  const without = await count('hierarchicalrequirement', query.where('Tags.ObjectID', '=', null));
  const having = await count('hierarchicalrequirement', query.where('Tags.ObjectID', '!=', null));
  assert.ok(without > 0 && having > 0);
  assert.equal(without + having, await count('hierarchicalrequirement'));
  assert.equal(await count('typedefinition', query.where('TypePath', '=', 'defect')), 1);
  assert.equal(await count('defect', query.where('Owner', '=', 'https://x.example/slm/webservice/v2.0/user/21')), 2);
  const errors = await refused(count('defect', query.where('NoSuch', '=', 1)));
  assert.match(errors[0], /Could not find attribute "NoSuch"/);
});

step('summaries', async (world) => {
  const api = byKey(world);
  const fetch = 'Name,Tasks:summary[State;State+Blocked],Defects:summary';
  const { Object: story } = await api.get({ ref: '/hierarchicalrequirement/601', fetch });
  const state = { Completed: 1, 'In-Progress': 1 };
  const both = { 'Completed+false': 1, 'In-Progress+false': 1 };
  assert.deepEqual(story.Summary, { Tasks: { Count: 2, State: state, 'state+blocked': both }, Defects: { Count: 2 } });
  const sums = await api.query({ type: 'task', fetch: 'Name,sum:[Estimate,ToDo]', limit: 1 });
  assert.deepEqual(sums.Sums, { Estimate: 7, ToDo: 2.5 });
});

step('create, update, delete', async (world) => {
  const api = byKey(world);
  const fetch = ['FormattedID', 'Name', 'State', 'Ready'];
  const data = { Name: 'by node', Ready: 'true', PlanEstimate: '3' };
  const { Object: made } = await api.create({ type: 'defect', data, fetch: [...fetch, 'PlanEstimate'] });
  assert.match(made.FormattedID, /^DE\d+$/);
  assert.deepEqual([made.Ready, made.PlanEstimate], [true, 3]);
  const { Object: changed } = await api.update({ ref: made._ref, data: { State: 'Open', Name: 27 }, fetch });
  assert.deepEqual([changed.State, changed.Name], ['Open', '27']);
  const { Object: read } = await api.get({ ref: made, fetch });
  assert.deepEqual([read.Name, read._type], ['27', undefined]);
  await api.del({ ref: made._ref });
  assert.deepEqual(await refused(api.get({ ref: made._ref })), ['Cannot find object to read']);
  assert.match((await refused(api.create({ type: 'defect', data: {} })))[0], /Defect\.Name should not be null/);
  assert.match((await refused(api.update({ ref: '/defect/701', data: { PlanEstimate: 'many' } })))[0], /must be a number/);
});

step('collections', async (world) => {
  const api = byKey(world);
  const tags = () => api.query({ ref: '/defect/701/Tags', fetch: 'Name', order: 'Name' }).then(names);
  assert.deepEqual(await tags(), ['quick win']);
  const added = await api.add({ ref: '/defect/701', collection: 'Tags', data: [{ _ref: '/tag/401' }, { Name: 'node' }], fetch: ['Name'] });
  assert.deepEqual(names(added), ['security', 'node']);
  assert.deepEqual(await tags(), ['node', 'quick win', 'security']);
  await api.remove({ ref: '/defect/701', collection: 'Tags', data: [{ _ref: '/tag/402' }] });
  assert.deepEqual(await tags(), ['node', 'security']);
});

step('portfolio items', async (world) => {
  const api = byKey(world);
  const { Object: feature } = await api.create({ type: 'portfolioitem/feature', data: { Name: 'by node' }, fetch: 'FormattedID' });
  assert.match(feature.FormattedID, /^F\d+$/);
  await api.update({ ref: '/hierarchicalrequirement/603', data: { PortfolioItem: feature._ref } });
  const stories = await api.query({ ref: `${feature._ref}/UserStories`, fetch: 'ObjectID' });
  assert.deepEqual(stories.Results.map((row) => row.ObjectID), [603]);
});

step('user and password', async (world) => {
  const api = byPassword(world);
  const task = (data) => api.update({ ref: '/task/801', data, fetch: 'Name' });
  assert.equal((await task({ Name: 'one' })).Object.Name, 'one');
  assert.equal((await task({ Name: 'two' })).Object.Name, 'two');
  // This package fetches its token once and never renews it.
  assert.deepEqual(await world.ask('POST', 'expire-tokens'), { expired: 1 });
  assert.deepEqual(await refused(task({ Name: 'three' })), ['Not authorized to perform action: Invalid key']);
});

step('refusals', async (world) => {
  const wrong = rally({ server: world.server, apiKey: '_wrong' });
  assert.match((await refused(wrong.query({ type: 'defect' })))[0], /401/);
  const reader = rally({ server: world.server, apiKey: world.readOnly });
  assert.equal((await reader.query({ type: 'defect', limit: 1 })).Results.length, 1);
  assert.match((await refused(reader.del({ ref: '/defect/701' })))[0], /401/);
});

step('faults', async (world) => {
  const api = byKey(world);
  const defects = () => api.query({ type: 'defect', limit: 1 });
  await world.ask('POST', 'faults', [
    { path: '/defect', nth: 1, status: 503, headers: { 'Retry-After': '1' } },
    { path: '/defect', nth: 2, errors: ['Not authorized to read'] },
    { path: '/defect', nth: 3, broken: 'before_headers' },
  ]);
  assert.match((await refused(defects()))[0], /503/);
  assert.deepEqual(await refused(defects()), ['Not authorized to read']);
  await refused(defects());
  assert.equal((await defects()).Results.length, 1);
  assert.deepEqual((await world.ask('GET', 'requests')).requests.map((request) => request.status), [503, 200, 0, 200]);
});

step('clock', async (world) => {
  const api = byKey(world);
  await world.ask('POST', 'clock', { now: '2027-01-02T03:04:05Z' });
  const { Object: made } = await api.create({ type: 'defect', data: { Name: 'later' }, fetch: 'CreationDate' });
  assert.equal(made.CreationDate, '2027-01-02T03:04:05.000Z');
  const today = await api.query({ type: 'defect', query: query.where('CreationDate', '>', 'today'), fetch: 'Name' });
  assert.deepEqual(names(today), ['later']);
});

main();
