/** Every form in which a router may ask for a plan. */

import type { Render } from '../../ports/render.ts';
import { eds } from './eds.ts';
import { flagd } from './flagd.ts';
import { gatewayApi } from './gateway-api.ts';
import { litellm } from './litellm.ts';
import { nginx } from './nginx.ts';
import { order } from './order.ts';
import { portkey } from './portkey.ts';
import { traefik } from './traefik.ts';

export const RENDERS: readonly Render[] = [traefik, portkey, nginx, eds, flagd, litellm, order, gatewayApi];
