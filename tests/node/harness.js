// Support for `drive.js`: the sandbox as a process, its control over HTTP, and steps that run one after the other.
'use strict';

for (const name of Object.keys(process.env)) {
  if (name.startsWith('RALLY_') || name === 'APIKEY' || name.toLowerCase().endsWith('_proxy')) delete process.env[name];
}
process.env.NO_PROXY = '*';

const { spawn } = require('child_process');
const readline = require('readline');

const steps = [];
const step = (name, run) => steps.push({ name, run });

/** Rejects with what `promise` was refused with; fails where it was not. */
async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    return error.errors.map(String);
  }
  throw new Error('it was not refused');
}

/** Address and credentials of a sandbox, and its control. */
class World {
  constructor(lines) {
    const told = {};
    for (const line of lines) {
      const parts = /^(\S.*?) {2,}(\S+)$/.exec(line);
      if (parts) told[parts[1]] = parts[2];
    }
    this.server = told.url.replace(/\/slm$/, '');
    this.control = told.control;
    this.key = told['api key'];
    this.readOnly = told['read-only key'];
    this.user = told.user;
    this.password = told.password;
  }

  /** Asks the sandbox itself. */
  async ask(method, path, body) {
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch(`${this.control}/${path}`, { method, headers, body: body && JSON.stringify(body) });
    const value = await response.json();
    if (!response.ok) throw new Error(value.error);
    return value;
  }
}

async function main() {
  const [program, ...wanted] = process.argv.slice(2);
  const server = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const lines = [];
  for await (const line of readline.createInterface({ input: server.stdout })) {
    lines.push(line);
    if (line.startsWith('Ends with')) break;
  }
  const world = new World(lines);
  let failed = 0;
  for (const { name, run } of steps) {
    if (wanted.length && !wanted.includes(name)) continue;
    await world.ask('POST', 'reset', { everything: true });
    const start = Date.now();
    try {
      await run(world);
      console.log(`ok      ${name}  ${((Date.now() - start) / 1000).toFixed(2)} s`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n${error.stack}`);
    }
  }
  // The sandbox ends when its standard input closes.
  server.stdin.end();
  await ended;
  if (failed) console.log(`${failed} failed`);
  process.exit(failed ? 1 : 0);
}

module.exports = { step, refused, main };
