/**
 * Lists the runs of a results folder to a browser on this machine: on the loopback address only, read only, and nothing outside of
 * that folder. It carries nothing out, judges nothing, and keeps nothing but what it has read.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { realpath } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { compareHtml } from '../report/compare-html.js';
import { folderHref, folderHtml, indexHtml, messageHtml } from '../report/index-html.js';
import { NO_FILTER } from '../report/run-filter.js';
import { fileHeaders, NOT_FOUND, PAGE_HEADERS, type Route, routeOf } from './answer.js';
import { createEntries } from './entries.js';
import { findBelow } from './paths.js';

const ADDRESS = '127.0.0.1';

export interface ServeOptions {
  /** The results folder; it has to be there. */
  folder: string;
  /** 0: any that is free. */
  port: number;
  onError: (error: Error) => void;
}

export type Serving =
  | { kind: 'serving'; url: string; close: () => Promise<void> }
  | { kind: 'refused'; message: string };

export async function serve({ folder, port, onError }: ServeOptions): Promise<Serving> {
  const answer = createAnswer(folder, await realpath(folder));
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      onError(error instanceof Error ? error : new Error(String(error)));
      // Half of an answer must not look like a whole one.
      if (response.headersSent) response.destroy();
      else sendPage(response, 500, messageHtml('That went wrong', 'The terminal in which it runs says more.'), 'GET');
    });
  });
  const refused = await listen(server, port);
  if (refused !== undefined) return { kind: 'refused', message: refused };
  const { port: chosen } = server.address() as AddressInfo;
  return {
    kind: 'serving',
    url: `http://${ADDRESS}:${chosen}/`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** Why it cannot listen; undefined once it does. */
function listen(server: Server, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? `port ${port} of ${ADDRESS} is taken` : error.message),
    );
    server.listen(port, ADDRESS, () => resolve(undefined));
  });
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

function createAnswer(folder: string, root: string): Answer {
  const entries = createEntries(root);

  return async (request, response) => {
    const method = request.method ?? 'GET';
    const route = routeOf(method, request.headers.host, request.url ?? '');
    const page = (markup: string, status = 200): void => sendPage(response, status, markup, method);
    const refuse = ({ status, title, message }: Extract<Route, { kind: 'refused' }>): void =>
      page(messageHtml(title, message), status);
    switch (route.kind) {
      case 'refused':
        if (route.status === 405) response.setHeader('Allow', 'GET, HEAD');
        return refuse(route);
      case 'index': {
        const get = (name: string): string => route.query.get(name) ?? '';
        const filter = {
          ...NO_FILTER,
          verdict: get('verdict'),
          recipe: get('recipe'),
          fault: get('fault'),
          text: get('text'),
        };
        const asked = Number.parseInt(get('page'), 10);
        return page(indexHtml({ folder, entries: await entries.all(), filter, page: Number.isNaN(asked) ? 0 : asked }));
      }
      case 'compare': {
        const names = route.query.getAll('run');
        const [a, b] = await Promise.all(names.slice(0, 2).map((name) => entryOf(name)));
        if (names.length !== 2 || a === undefined || b === undefined)
          return page(
            messageHtml('Two runs are needed', 'Go back and tick two runs of the list, no more and no less.'),
            400,
          );
        return page(compareHtml([a, b]));
      }
      case 'below': {
        const { parts, isFolder } = route;
        const found = await findBelow(root, parts);
        if (found.kind === 'none') return refuse(NOT_FOUND);
        if (found.kind === 'folder') {
          // Links in it are relative to it.
          if (isFolder) return page(folderHtml({ path: parts, files: found.entries }));
          response.writeHead(301, { ...PAGE_HEADERS, Location: folderHref(...parts) });
          return void response.end();
        }
        const { handle, bytes } = found;
        try {
          if (isFolder) return refuse(NOT_FOUND);
          response.writeHead(200, { ...fileHeaders(parts.at(-1) ?? ''), 'Content-Length': bytes });
          if (method === 'HEAD' || bytes === 0) return void response.end();
          // A file that a run still appends to: as much as was promised.
          await pipeline(handle.createReadStream({ start: 0, end: bytes - 1, autoClose: false }), response);
        } catch (error) {
          // A reader who goes away in the middle is nobody's fault.
          if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
        } finally {
          await handle.close();
        }
      }
    }
  };

  /** By the name of a folder, and not by a path. */
  function entryOf(name: string): ReturnType<typeof entries.one> {
    return /^\.{0,2}$|[/\\\0]/.test(name) ? Promise.resolve(undefined) : entries.one(name);
  }
}

function sendPage(response: ServerResponse, status: number, markup: string, method: string): void {
  const body = Buffer.from(markup);
  response.writeHead(status, { ...PAGE_HEADERS, 'Content-Length': body.length });
  response.end(method === 'HEAD' ? undefined : body);
}
