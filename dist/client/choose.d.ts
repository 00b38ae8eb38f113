/** Which target a job goes to. Pure: what is known, what is wanted and one random number decide. */
import type { Capability, Content, RouteStatus } from './document.js';
/** First try included. */
export declare const ATTEMPTS_MAX = 3;
/** What an application knows of a route without reelwatch. */
export interface RouteSetting {
    /** Base weight of every target that the application can call, by target id. */
    targets: Readonly<Record<string, number>>;
    /** Whom to try next, best first; by base weight where it is not given. */
    fallback?: readonly string[];
    capability?: Capability;
    /** Ready-made videos, for when reelwatch offers none. */
    content?: readonly Content[];
}
/** What a job needs; what is not given does not matter. */
export interface Needs {
    task?: string;
    durationS?: number;
    aspectRatio?: string;
    resolution?: string;
    /** `true` needs sound; without it a route with sound will do as well. */
    audio?: boolean;
}
/** What to look for among ready-made videos. */
export interface Wish {
    category?: string;
    tags?: readonly string[];
}
export interface Target {
    id: string;
    /** Null where only the application's own settings are known; so is `model`. */
    provider: string | null;
    model: string | null;
}
/** A route as it is to be used now. */
export interface Plan {
    /** Excluded targets are not among them. */
    targets: readonly (Target & {
        weight: number;
    })[];
    /** Every target of the plan, best first. */
    fallback: readonly string[];
    capability: Capability;
}
/**
 * @param status what reelwatch said of the route, if it did
 * @param isFresh whether that still counts; otherwise, as in a dry run, base weights hold
 * @param canCall whether the application has code for a target
 */
export declare function planOf(setting: RouteSetting, status: RouteStatus | null, isFresh: boolean, canCall: (target: string) => boolean): Plan;
/** A target by weight for a job's first try; the best of the fallback order where no weight is left; null for nobody. */
export declare function pickFrom(plan: Plan, needs: Needs, draw: number): Target | null;
/** The target to try after those that explicitly failed; null after the last attempt. */
export declare function nextOf(plan: Plan, needs: Needs, tried: readonly string[]): Target | null;
/** The ready-made video that fits best: of the category first, then by tags; any rather than none. */
export declare function contentOf(contents: readonly Content[], wish: Wish): Content | null;
