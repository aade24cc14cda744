import { describe, expect, it } from 'vitest';
import { fileHeaders, routeOf } from './answer.js';

const status = (method: string, host: string | undefined, target: string): number | string => {
  const route = routeOf(method, host, target);
  return route.kind === 'refused' ? route.status : route.kind;
};

describe('where a request leads', () => {
  it.each(['localhost', 'localhost:8484', '127.0.0.1:1', '[::1]:8484', 'LOCALHOST'])(
    'answers to the host %s',
    (host) => {
      expect(status('GET', host, '/')).toBe('index');
    },
  );

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:8484',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '0.0.0.0',
    'localhost:8484:1',
    '192.168.0.2',
  ])('does not answer to the host %s', (host) => {
    expect(status('GET', host, '/')).toBe(403);
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'get'])('does not know %s', (method) => {
    expect(status(method, 'localhost', '/')).toBe(405);
  });

  it.each([
    ['http://localhost/', 400],
    ['*', 400],
    ['/runs', 404],
    ['/runs/', 404],
    ['/runs/../plan.json', 404],
    ['/runs/a/%2e%2e/b', 404],
    ['/other', 404],
    ['//runs/a', 404],
    ['/compare?run=a', 'compare'],
    ['/?verdict=clean', 'index'],
    ['/runs/a/report.html?x=../..', 'below'],
  ])('%s: %s', (target, expected) => {
    expect(status('HEAD', 'localhost', target)).toBe(expected);
  });
});

describe('a file of a run', () => {
  it('is data: a page is shut in, what is no page is not shown as one', () => {
    expect(fileHeaders('report.html')['Content-Security-Policy']).toMatch(
      /^sandbox allow-scripts allow-popups; default-src 'none'/,
    );
    for (const name of ['history.jsonl', 'x.svg', 'x.xhtml', 'x', 'x.js', 'x.xml']) {
      expect(fileHeaders(name)['Content-Type']).toMatch(/^(text\/plain; charset=utf-8|application\/octet-stream)$/);
      expect(fileHeaders(name)['Content-Security-Policy']).toMatch(/^sandbox; default-src 'none'/);
      expect(fileHeaders(name)['X-Content-Type-Options']).toBe('nosniff');
    }
  });
});
