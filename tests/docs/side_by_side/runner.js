// Runs programs that use the npm package `rally`: node runner.js SERVER KEY < PROGRAMS > OUTPUTS, both JSON lists.
'use strict';

const rally = require('rally');
const queryUtils = rally.util.query;
const workspace = '/workspace/10';
const project = '/project/102';

async function main([server, apiKey]) {
  const restApi = rally({ server, apiKey });
  const AsyncFunction = main.constructor;
  const outputs = [];
  for (const program of JSON.parse(require('fs').readFileSync(0, 'utf8'))) {
    let output = '';
    const console = { log: (...parts) => { output += `${parts.join(' ')}\n`; } };
    const given = { restApi, queryUtils, workspace, project, console };
    await new AsyncFunction(...Object.keys(given), program)(...Object.values(given));
    outputs.push(output);
  }
  process.stdout.write(JSON.stringify(outputs));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
