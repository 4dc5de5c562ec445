/**
 * Node's own util.inspect and util.format, as node-inspect-extracted takes them out of Node. While it is evaluated it wants all namespaces
 * of the language to exist; it uses none of the functions of Atomics, which harden.ts has taken away.
 */
import { define, deleteProperty, hasOwn } from './primordials.ts'

function load (): typeof import('node-inspect-extracted') {
  if (hasOwn(globalThis, 'Atomics')) return require('node-inspect-extracted') as typeof import('node-inspect-extracted')
  define(globalThis, 'Atomics', {})
  try {
    return require('node-inspect-extracted') as typeof import('node-inspect-extracted')
  } finally {
    deleteProperty(globalThis, 'Atomics')
  }
}

export const { inspect, format, formatWithOptions, stripVTControlCharacters } = load()
