/**
 * What is answered to a request, but for the body of files: pure decisions on method, host and address.
 *
 * Everything that a file of a run says is somebody else's: another's run may lie here. So a file is never more than data to the browser, and a
 * report is shown as if it came from nowhere (`sandbox`): its program may run, and can read nothing of this server and send nothing anywhere.
 */
import { extname } from 'node:path';
import { pathParts } from './paths.js';

export type Route =
  | { kind: 'index'; query: URLSearchParams }
  | { kind: 'compare'; query: URLSearchParams }
  | { kind: 'below'; parts: string[]; isFolder: boolean }
  | { kind: 'refused'; status: 400 | 403 | 404 | 405; title: string; message: string };

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Where a request leads. `target` is that of the request line, as it came. */
export function routeOf(method: string, host: string | undefined, target: string): Route {
  if (method !== 'GET' && method !== 'HEAD')
    return refused(405, 'Only GET and HEAD', 'Nothing can be changed from here.');
  // A name that somebody else's DNS lets point here would make this server part of that somebody's site (DNS rebinding).
  if (host === undefined || !LOOPBACK.has(host.replace(/:\d*$/, '').toLowerCase()))
    return refused(403, 'Not this host', 'This server answers to localhost, 127.0.0.1 and [::1] only.');
  if (!target.startsWith('/')) return refused(400, 'No address of this server', 'An address begins with a slash.');
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  const query = new URLSearchParams(at < 0 ? '' : target.slice(at + 1));
  if (path === '/') return { kind: 'index', query };
  if (path === '/compare') return { kind: 'compare', query };
  if (!path.startsWith('/runs/')) return NOT_FOUND;
  const isFolder = path.endsWith('/');
  const parts = pathParts(path.slice('/runs/'.length, isFolder ? -1 : undefined));
  return parts === undefined ? NOT_FOUND : { kind: 'below', parts, isFolder };
}

function refused(status: 400 | 403 | 404 | 405, title: string, message: string): Route {
  return { kind: 'refused', status, title, message };
}

export const NOT_FOUND = {
  kind: 'refused',
  status: 404,
  title: 'Not there',
  message: 'There is nothing at this address.',
} as const;

const COMMON: Record<string, string> = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** Of this server's own pages: nothing but a style sheet and two forms. */
export const PAGE_HEADERS: Record<string, string> = {
  ...COMMON,
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
};

const TEXT = 'text/plain; charset=utf-8';
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.jsonl': TEXT,
  '.edn': TEXT,
  '.log': TEXT,
  '.md': TEXT,
  '.txt': TEXT,
  '.xml': TEXT,
  '': TEXT,
};

/** Of a file by its name. A page's own policy, which names its program by its hash, holds beside this one. */
export function fileHeaders(name: string): Record<string, string> {
  const type = TYPES[extname(name).toLowerCase()] ?? 'application/octet-stream';
  const isPage = type.startsWith('text/html');
  return {
    ...COMMON,
    'Content-Type': type,
    'Content-Security-Policy': isPage
      ? "sandbox allow-scripts allow-popups; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
      : "sandbox; default-src 'none'; frame-ancestors 'none'",
  };
}
