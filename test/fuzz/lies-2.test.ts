import { lieToHalf } from './halves.ts';

lieToHalf(1);
