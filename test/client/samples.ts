/** Status documents as reelwatch writes them, made from what a test is about. */

export interface SampleTarget {
  id: string;
  weight?: number;
  base?: number;
  role?: 'serve' | 'drain' | 'exclude';
}

export interface Sample {
  epoch?: number;
  generation?: number;
  validUntil?: number;
  mode?: string;
  targets?: SampleTarget[];
  fallback?: string[];
  capability?: unknown;
  content?: unknown;
}

export const NOW = Date.UTC(2026, 10, 21, 19, 40);

export function aDocument(sample: Sample = {}): Record<string, unknown> {
  const targets = sample.targets ?? [
    { id: 'kling', weight: 47, base: 50 },
    { id: 'runway', weight: 0, base: 30, role: 'drain' },
    { id: 'luma', weight: 53, base: 20 },
  ];
  return {
    schema: 'reelwatch.status/1',
    controller: 'rw-eu1',
    epoch: sample.epoch ?? 7,
    generation: sample.generation ?? 412,
    config: 'sha256:9b1c',
    mode: 'enforce',
    issued_at: new Date(NOW).toISOString(),
    valid_until: new Date(sample.validUntil ?? NOW + 15 * 60_000).toISOString(),
    on_expiry: 'base_weights',
    routes: [
      {
        id: 't2v',
        mode: sample.mode ?? 'enforce',
        posture: 'normal',
        ...(sample.capability !== undefined && { capability: sample.capability }),
        targets: targets.map(({ id, weight = 0, base = 0, role = 'serve' }) => ({
          id,
          provider: `the maker of ${id}`,
          model: `${id}-1`,
          weight,
          base_weight: base,
          role,
          state: 'healthy',
          a_field_of_later: { versions: true },
        })),
        fallback: sample.fallback ?? ['luma', 'kling', 'runway'],
        ...(sample.content !== undefined && { fallback_content: sample.content }),
      },
    ],
    targets: [],
  };
}

export const ROUTES = { t2v: { targets: { kling: 50, runway: 30, luma: 20 } } };
