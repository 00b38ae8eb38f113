/** What is said of the daemon itself, in words. */

import { unreachable } from '../../core/base.ts';
import type { DaemonEffect } from '../../core/effect.ts';
import { section } from './blocks.ts';
import type { SlackBlock } from './blocks.ts';
import * as slack from './mrkdwn.ts';
import { minuteWords, spanWords } from './words.ts';

/** @param isJoined the beginning is told in the same message */
export function daemonHeadline(effect: DaemonEffect, isJoined: boolean): { emoji: string; headline: string } {
  switch (effect.type) {
    case 'network.lost':
      return { emoji: '🔌', headline: 'reelwatch cannot reach the internet' };
    case 'network.restored': {
      const span = spanWords(effect.durationMs);
      return {
        emoji: '🌐',
        headline: isJoined
          ? `reelwatch could not reach the internet for ${span} (over now)`
          : `reelwatch reaches the internet again after ${span}`,
      };
    }
    case 'budget.low':
      return { emoji: '🪙', headline: `The canary budget of ${whoseWords(effect.provider)} is low` };
    case 'budget.restored': {
      const whose = whoseWords(effect.provider);
      const span = spanWords(effect.durationMs);
      return {
        emoji: '🪙',
        headline: isJoined
          ? `The canary budget of ${whose} was low for ${span} (over now)`
          : `The canary budget of ${whose} is sufficient again after ${span}`,
      };
    }
    default:
      return unreachable(effect);
  }
}

function whoseWords(provider: string | null): string {
  return provider ?? 'all providers together';
}

/** What a message says beyond its headline, as full sentences. */
export function daemonSentences(effect: DaemonEffect): string[] {
  switch (effect.type) {
    case 'network.lost':
      return ['Targets are unmonitored, no provider is blamed, and weights stay as they are.'];
    case 'network.restored':
      return ['Targets are monitored again.'];
    case 'budget.low':
      return [
        `${effect.waiting} gets less than one canary an hour: little is left of $${effect.budgetUsd.toFixed(2)} in any 24 hours.`,
        `More is paid for from ${minuteWords(effect.returnsAt)} on.`,
      ];
    case 'budget.restored':
      return [`It is $${effect.budgetUsd.toFixed(2)} in any 24 hours.`];
    default:
      return unreachable(effect);
  }
}

export function daemonBlocks(effect: DaemonEffect): SlackBlock[] {
  const sentences = section(daemonSentences(effect).join(' '));
  return effect.type === 'network.lost' ? [sentences, section(slack.codeBlock(effect.text))] : [sentences];
}
