// Serves /srv/files as it is, and every directory of /srv/flakes as <anything>/<directory>.tar.gz; what lies below /private to
// user enbi with the password $PASSWORD alone. On another port it takes connections and never answers.
// Writes a line for each request: its path, and on the silent port "silent".
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createListener } from 'node:net';
import { basename, join, normalize } from 'node:path';

const credentials = `Basic ${Buffer.from(`enbi:${process.env.PASSWORD}`).toString('base64')}`;

createServer((request, response) => {
  const path = normalize(request.url?.split('?')[0] ?? '/');
  console.log(path);
  if (path.startsWith('/private/') && request.headers.authorization !== credentials) {
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="workshop"' }).end();
  } else if (path.endsWith('.tar.gz')) {
    archive(basename(path, '.tar.gz'), response);
  } else {
    createReadStream(join('/srv/files', path))
      .on('error', () => response.writeHead(404).end())
      .pipe(response);
  }
}).listen(8080);

createListener((socket) => {
  console.log('silent');
  socket.on('error', () => undefined);
}).listen(8081);

function archive(flake, response) {
  const tar = spawn('tar', ['-C', '/srv/flakes', '-czf', '-', flake], { stdio: ['ignore', 'pipe', 'inherit'] });
  tar.stdout.pipe(response);
}
