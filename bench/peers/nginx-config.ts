/** What the configurations of all nginx peers begin with: everything inside one directory, and in the foreground. */
import { availableParallelism } from 'node:os'

/** @param server lines of `http`, the server's block among them */
export function nginxConfig(directory: string, server: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${directory}/tmp-${name};`)
    .join('\n')
  // nginx's own workers need the rights of whoever started it, to reach sockets and files
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  return `${user}
daemon off;
worker_processes ${availableParallelism()};
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events { worker_connections 1024; }
http {
${temporary}
  access_log off;
${server}
}
`
}
