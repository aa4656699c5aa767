/** nginx before a server, with TLS and HTTP/2, as many people run it. */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, output, start, temporaryFolder } from './server.mjs';

const configuration = ({ folder, port, upstream }) => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${port} ssl http2;
    ssl_certificate ${folder}/certificate.pem;
    ssl_certificate_key ${folder}/key.pem;
    location / {
      proxy_pass ${upstream};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }
  }
}
`;

/** Starts nginx before the server at `upstream`. Gives its URL. */
export async function nginx(t, upstream) {
  const folder = await temporaryFolder(t);
  const port = await freePort();
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  await output(t, 'openssl', [...kind, ...subject, ...files], { stdio: ['ignore', 'pipe', 'ignore'] });
  const file = join(folder, 'nginx.conf');
  await writeFile(file, configuration({ folder, port, upstream }));
  const child = start(t, '/usr/sbin/nginx', ['-p', folder, '-c', file, '-e', 'stderr']);
  await listens(child, port);
  return `https://127.0.0.1:${port}`;
}

/** Waits until a program listens on its port. */
async function listens(child, port) {
  while (child.exitCode === null) {
    const socket = createConnection(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(() => true, () => false);
    socket.destroy();
    if (isOpen) return;
  }
  throw new Error(`nginx ended with ${child.exitCode}`);
}
