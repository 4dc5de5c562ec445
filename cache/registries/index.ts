import type { RegistryOptions } from '../options.ts'
import type { Registry } from '../types.ts'
import { DatafairRegistry } from './datafair.ts'
import { DirRegistry } from './dir.ts'
import { NpmRegistry } from './npm.ts'

/** `maxEntries`: of a plugin's folder. */
export function openRegistry (options: RegistryOptions | Registry, maxEntries: number): Registry {
  if (!('kind' in options)) return options
  switch (options.kind) {
    case 'dir': return new DirRegistry({ entries: maxEntries, ...options })
    case 'datafair': return new DatafairRegistry(options)
    case 'npm': return new NpmRegistry(options)
  }
}
