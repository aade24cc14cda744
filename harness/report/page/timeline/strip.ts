/**
 * Bands as strips of pixels: what is thinner than a few pixels is not drawn thing by thing but written into a line of pixels, which
 * is then stretched to the height of the band. So a frame of a hundred thousand thin things costs some hundred calls.
 */
import type { Scale } from './scale.js';

/** Things thinner than this go into the strip. */
export const THIN = 4;
const FAINT = 0.3;

interface Line {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  readonly image: ImageData;
  readonly pixels: Uint32Array;
  readonly cover: Float32Array;
}

/** The lines of pixels, kept from frame to frame. */
export class Strips {
  readonly #lines: Line[] = [];
  readonly #colours = new Map<string, number>();
  #next = 0;
  #width = 0;

  begin(width: number): void {
    this.#next = 0;
    if (Math.ceil(width) === this.#width) return;
    this.#width = Math.ceil(width);
    this.#lines.length = 0;
  }

  line(): Line | undefined {
    const line = this.#lines[this.#next] ?? this.#make();
    if (line === undefined) return undefined;
    this.#next += 1;
    line.pixels.fill(0);
    line.cover.fill(0);
    return line;
  }

  #make(): Line | undefined {
    const canvas = document.createElement('canvas');
    canvas.width = this.#width;
    canvas.height = 1;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (context === null) return undefined;
    const image = context.createImageData(this.#width, 1);
    const line = {
      canvas,
      context,
      image,
      pixels: new Uint32Array(image.data.buffer),
      cover: new Float32Array(this.#width),
    };
    this.#lines.push(line);
    return line;
  }

  /** Red, green and blue of a colour of the style sheet, in the order of bytes that image data has. */
  bytes(colour: string): number {
    let bytes = this.#colours.get(colour);
    if (bytes === undefined) {
      const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
      if (probe !== null) {
        probe.fillStyle = colour;
        probe.fillRect(0, 0, 1, 1);
      }
      const [r = 0, g = 0, b = 0] = probe?.getImageData(0, 0, 1, 1).data ?? [];
      bytes = (b << 16) | (g << 8) | r;
      this.#colours.set(colour, bytes);
    }
    return bytes;
  }
}

/** One band of one row. */
export class Strip {
  readonly #strips: Strips;
  readonly #context: CanvasRenderingContext2D;
  readonly #left: number;
  readonly #line: Line | undefined;
  #isTouched = false;

  constructor(paint: { readonly strips: Strips; readonly context: CanvasRenderingContext2D; readonly scale: Scale }) {
    this.#strips = paint.strips;
    this.#context = paint.context;
    this.#left = paint.scale.left;
    this.#line = paint.strips.line();
  }

  /** The pixel from x to x + 1, of whose time so large a share was taken. */
  add(x: number, colour: string, share: number): void {
    const line = this.#line;
    const place = x - this.#left;
    if (line === undefined || place < 0 || place >= line.pixels.length || share <= 0) return;
    this.#isTouched = true;
    const cover = Math.min(1, line.cover[place]! + share);
    line.cover[place] = cover;
    line.pixels[place] = ((((FAINT + (1 - FAINT) * cover) * 255) << 24) | this.#strips.bytes(colour)) >>> 0;
  }

  /** A thing from x0 to x1, with soft edges. */
  span(x0: number, x1: number, colour: string): void {
    for (let x = Math.floor(x0); x < x1; x++) this.add(x, colour, Math.min(x + 1, x1) - Math.max(x, x0));
  }

  draw(top: number, height: number): void {
    const line = this.#line;
    if (line === undefined || !this.#isTouched) return;
    line.context.putImageData(line.image, 0, 0);
    this.#context.imageSmoothingEnabled = false;
    this.#context.drawImage(line.canvas, this.#left, top, line.canvas.width, height);
  }
}
