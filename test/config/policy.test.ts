import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { DEFAULT_RESERVE, policyOf } from '../../src/config/policy.ts';
import { GOOD, loaded } from './fakes.ts';

const policy = (text = '') => policyOf(loaded(`${GOOD}${text}`).options);
const { belief, judgement, demand } = DEFAULT_POLICY.detection;

describe('the policy', () => {
  it('is the default one where the file says nothing', () => {
    expect(policy()).toEqual(DEFAULT_POLICY);
  });

  it('has what the file says, and nothing else is changed', () => {
    const said = policy(`health:
  alertAt: 0.9
  signsMin: 3
  witness: reporter
  confirmGap: 20s
  burst: 2
  canariesPerHourMax: 30
  recoverEvery: 2m
  recoverShare: 0.1
  recoverEveryMax: 20m
  settle: 3m
  hold: 5m
  blindEvery: 1h
  unsureToBlind: 4
  goneToRetired: 5
budget: { reserve: 0.4, warnDays: 7 }
plans: { qualityHalfLife: 20m }
`);

    expect(said).toEqual({
      unsureToBlind: 4,
      goneToRetired: 5,
      settleMs: 180_000,
      fundsDaysMin: 7,
      measures: { ...DEFAULT_POLICY.measures, halfLifeMs: 1_200_000 },
      detection: {
        ...DEFAULT_POLICY.detection,
        belief: { ...belief, senderFactorMax: Infinity },
        judgement: { ...judgement, alertAt: 0.9, signsMin: 3, holdMs: 300_000 },
        demand: {
          ...demand,
          routineShare: 0.6,
          routineCap: expect.closeTo(1 - (0.4 * (1 - demand.routineCap)) / (1 - demand.routineShare), 6),
          confirmCap: expect.closeTo(1 - (0.4 * (1 - demand.confirmCap)) / (1 - demand.routineShare), 6),
          burst: 2,
          burstGapMs: 20_000,
          burstsPerHourMax: 30,
          recoverShare: 0.1,
          recoverMsMin: 120_000,
          recoverMsMax: 1_200_000,
          blindEveryMs: 3_600_000,
        },
      },
    });
  });

  it.each([0, 0.1, 0.5])('leaves routine its share and a part of a reserve of %d', (reserve) => {
    const { routineShare, routineCap, confirmCap } = policy(`budget: { reserve: ${reserve} }\n`).detection
      .demand;

    expect(routineShare).toBeCloseTo(1 - reserve, 9);
    expect(routineCap).toBeGreaterThanOrEqual(routineShare);
    expect(confirmCap).toBeGreaterThanOrEqual(routineCap);
    expect(confirmCap).toBeLessThanOrEqual(1);
  });

  it('shows the default reserve without the tail of a binary fraction', () => {
    expect(String(DEFAULT_RESERVE).length).toBeLessThan(6);
  });

  it.each([0.5, 0.95, 0.99, 0.999])(
    'lets belief grow more certain than the %d that an alert asks for',
    (at) => {
      const { detection } = policy(`health: { alertAt: ${at} }\n`);

      expect(detection.judgement.alertAt).toBe(at);
      expect(detection.belief.certaintyMax).toBeGreaterThan(at);
      expect(detection.belief.certaintyMax).toBeLessThanOrEqual(1);
      expect(detection.belief.certaintyMax).toBeGreaterThanOrEqual(belief.certaintyMax);
    },
  );

  it('asks for no two canaries at once where one is the most', () => {
    const { worthTwo, worthBurst, burst } = policy('health: { burst: 1 }\n').detection.demand;

    expect({ worthTwo, burst }).toEqual({ worthTwo: worthBurst, burst: 1 });
  });
});
