// Runs in a Pod: asks one URL again and again, each time over a new connection, and says every half second how it went.
import { get } from 'node:http';

const [url] = process.argv.slice(2);
const tally = { sent: 0, failed: 0, answers: {}, last: '', failures: [] };

function fail(reason) {
  tally.failed += 1;
  if (tally.failures.length < 5) tally.failures.push(`request ${tally.sent}: ${reason}`);
}

async function bodyOf(response) {
  const chunks = await Array.fromAsync(response);
  return Buffer.concat(chunks).toString('utf8').trim().slice(0, 200);
}

async function take(response) {
  const body = await bodyOf(response);
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
  tally.answers[body] = (tally.answers[body] ?? 0) + 1;
  tally.last = body;
}

function ask() {
  tally.sent += 1;
  const request = get(url, { agent: false, signal: AbortSignal.timeout(3000) });
  request.on('response', (response) => void take(response).catch((error) => fail(error.message)));
  request.on('error', (error) => fail(error.message));
}

setInterval(ask, 40);
setInterval(() => process.stdout.write(`${JSON.stringify(tally)}\n`), 500);
process.on('SIGTERM', () => process.exit(0));
