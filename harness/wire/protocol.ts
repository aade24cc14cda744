/**
 * How the wire program is called and what it prints: `wire.mjs MODE [JSON]`, one line of JSON on stdout. It is the part of
 * network faults that needs a program of its own inside the containers.
 */

/** Modes with their arguments and the line that they print. */
export interface WireModes {
  /** Delays what goes through it, until it is ended. Printed once all ports listen, in the order of the routes. */
  proxy: { ask: ProxyPlan; print: { ports: number[] } };
  /** Swallows what is sent to its port and tells the sender how much has arrived, until it is ended. */
  sink: { ask: undefined; print: { port: number } };
  /** Sends bytes to a sink; prints how many had arrived when all had, or at the limit. */
  send: { ask: { host: string; port: number; bytes: number; limitMs: number }; print: { bytes: number; ms: number } };
  /** Asks a server, whatever it serves, several times in turn; prints how long each first byte of an answer took. */
  ask: { ask: { host: string; port: number; times: number; limitMs: number }; print: { ms: number[] } };
}

export interface ProxyPlan {
  /** One way; a round trip takes twice that. */
  delayMs: number;
  /** A piece takes up to so many ms more or less, but never overtakes another. */
  jitterMs: number;
  /** Where what arrives at each listening port goes on to. */
  routes: { host: string; port: number }[];
  /** Ports from which the proxy opens its own connections, by which firewall rules know them. */
  sourcePorts: { first: number; last: number };
}
