/**
 * Stacks of a plugin as its author wants them: positions in his files, and the lines around. The source map is read when the first one is
 * shown, and kept for the next: plugins that fail do so again.
 */
import { readFileSync } from 'node:fs'
import { locate, readSourceMap, type SourcePosition, type Sources } from './source-position.ts'
import type { CachedPlugin } from '../cache/types.ts'

export interface PluginSources {
  /** Never throws. */
  locate(stack: string): SourcePosition
  /** A text of the plugin in which stacks may stand, on their own or among other words; any other text is answered as it is. Never throws. */
  readable(text: string): string
}

/** Stacks within texts that are made readable in one run; the others stay as the plugin wrote them. */
const MAX_STACKS = 1_000
/** Source maps kept, read: together at most so many characters of JSON, or one. */
const KEPT_CHARS = 32_000_000

/** Path -> what was read there, the one used last at the end. Contents of the cache never change. */
const kept = new Map<string, { readonly sources: Sources | undefined, readonly chars: number }>()

export function pluginSources ({ entry, sourceMapPath }: Pick<CachedPlugin, 'entry' | 'sourceMapPath'>): PluginSources {
  const script = `/plugin/${entry}`
  let stacks = 0
  const find = (stack: string): SourcePosition => {
    const sourceMap = sourcesAt(sourceMapPath)
    return locate(stack, { script, ...(sourceMap === undefined ? {} : { sourceMap }) })
  }
  return {
    locate: find,
    readable (text) {
      return text.includes(`${script}:`) ? withFrames(text, frames => ++stacks > MAX_STACKS ? undefined : find(frames)) : text
    }
  }
}

/** Each run of lines that are frames is replaced by the plugin's own frames and, below them, the code of the innermost. */
function withFrames (text: string, find: (stack: string) => SourcePosition | undefined): string {
  const out: string[] = []
  let frames: string[] = []
  const flush = (): void => {
    if (frames.length === 0) return
    const found = find(frames.join('\n'))
    if (found?.position === undefined) out.push(...frames)
    else out.push(found.stack, ...(found.frame === undefined ? [] : ['', found.frame, '']))
    frames = []
  }
  for (const line of text.split('\n')) {
    if (/^ *at /.test(line)) frames.push(line)
    else {
      flush()
      out.push(line)
    }
  }
  flush()
  return out.join('\n').trimEnd()
}

function sourcesAt (path: string): Sources | undefined {
  const known = kept.get(path) ?? read(path)
  kept.delete(path)
  kept.set(path, known)
  let chars = [...kept.values()].reduce((sum, one) => sum + one.chars, 0)
  for (const [oldest, one] of kept) {
    if (chars <= KEPT_CHARS || kept.size === 1) break
    kept.delete(oldest)
    chars -= one.chars
  }
  return known.sources
}

/** Synchronous, so that log lines keep their order: a file of our own, once for each content. */
function read (path: string): { readonly sources: Sources | undefined, readonly chars: number } {
  try {
    const json = readFileSync(path, 'utf8')
    return { sources: readSourceMap(json), chars: json.length }
  } catch {
    return { sources: undefined, chars: 0 } // pruned meanwhile: positions are then those of the bundle
  }
}
