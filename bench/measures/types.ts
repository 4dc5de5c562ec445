/** What a measure is given, and what it answers. */
import type { RawFigures } from '../raw.ts'
import type { Row } from '../rows.ts'
import type { BenchService } from '../service/index.ts'
import type { Spawner } from '../spawn/index.ts'

export interface Contenders {
  readonly service: BenchService
  readonly spawner: Spawner
  readonly raw: RawFigures
  readonly quick: boolean
}

export type Measure = (contenders: Contenders) => Promise<Row[]>
