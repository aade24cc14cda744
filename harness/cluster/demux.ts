// Takes apart the stream in which the engine sends standard output and standard error of a container: frames of an
// eight-byte head (type, three zero bytes, length) and a body, cut anywhere by the transport (Engine API, "Attach").

/** Receives a piece of a body; the memory is the engine connection's own and is not valid after the call. */
export type OnPiece = (piece: Uint8Array) => void;

const HEAD = 8;
const STDERR = 2;

/**
 * A function that takes the stream chunk by chunk and hands each piece on as soon as it is there, without waiting for
 * the end of its frame. It keeps eight bytes at most. Whoever takes the pieces slowly slows the reading down, because
 * everything happens inside the call. Throws if the stream is none of this kind.
 */
export function createDemuxer(onStdout: OnPiece, onStderr: OnPiece): (chunk: Uint8Array) => void {
  const head = Buffer.alloc(HEAD);
  let headSize = 0;
  let left = 0;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (left === 0) {
        const part = Math.min(HEAD - headSize, chunk.length - at);
        head.set(chunk.subarray(at, at + part), headSize);
        headSize += part;
        at += part;
        if (headSize < HEAD) return;
        headSize = 0;
        if ((head[0] ?? 0) > STDERR) throw new Error(`not a stream of the engine: a frame of type ${head[0]}`);
        left = head.readUInt32BE(4);
        continue;
      }
      const piece = chunk.subarray(at, at + left);
      at += piece.length;
      left -= piece.length;
      (head[0] === STDERR ? onStderr : onStdout)(piece);
    }
  };
}
