/** One screen for all runs of a campaign: how far it is, and what each run under way says of itself. */
import { tallyText } from '../campaign/colour.js';
import { timeText } from '../campaign/estimate.js';
import type { Colour } from '../report/colour-names.js';
import { type Screen, statusText } from './progress.js';

/** How far a campaign is. */
export interface Board {
  done: number;
  /** Null: nobody knows how many. */
  planned: number | null;
  colours: readonly Colour[];
  /** In seconds; null: nobody knows. */
  left: number | null;
}

export function boardText({ done, planned, colours, left }: Board): string {
  const parts = [
    planned === null ? `${done} runs` : `${done} of ${planned} runs`,
    ...(colours.length === 0 ? [] : [tallyText(colours)]),
    ...(left === null || done === planned ? [] : [`about ${timeText(left)} left`]),
  ];
  return parts.join(', ');
}

export interface CampaignScreen {
  /** For one run; what it says carries its title where several are under way at once. */
  ofRun(title: string): RunScreen;
}

export interface RunScreen extends Screen {
  /** A line as it is. */
  announce(line: string): void;
  end(): void;
}

export function createCampaignScreen(screen: Screen, board: () => Board, isAlone: boolean): CampaignScreen {
  const latest = new Map<string, { text: string; isRed: boolean }>();
  const show = (): void => {
    const runs = [...latest].map(([title, { text }]) => (isAlone ? text : `${title}: ${text}`));
    screen.show(
      [boardText(board()), ...runs].join(' | '),
      [...latest.values()].some(({ isRed }) => isRed),
    );
  };
  return {
    ofRun(title) {
      const set = (text: string, isRed: boolean): void => {
        latest.set(title, { text, isRed });
        show();
      };
      return {
        announce: (line) => screen.say(line),
        say: (line) => screen.say(isAlone ? line : `${title}: ${line}`),
        status: (status) => set(statusText(status), status.staleWrites > 0),
        show: set,
        progress(text) {
          if (isAlone) screen.progress(text);
        },
        clear() {
          latest.delete(title);
          screen.clear();
        },
        end: () => void latest.delete(title),
      };
    },
  };
}
