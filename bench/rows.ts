// All rows, in the order in which they are told.
import type { Row } from './row.ts';
import { cold } from './rows/cold.ts';
import { growth } from './rows/growth.ts';
import { hits } from './rows/hits.ts';
import { large } from './rows/large.ts';
import { many } from './rows/many.ts';
import { pullers } from './rows/pullers.ts';
import { overTls } from './rows/tls.ts';

export const rows: readonly Row[] = [...hits, ...large, ...cold, ...many, ...growth, ...overTls, ...pullers];
