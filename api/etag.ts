/**
 * `ETag` and `If-Match` of a processing: an editor who has not seen the last change is told what has changed. A tag is the revision and, for an
 * administrator, a short hash of each field that he may write: by it alone it is known later which ones are no longer what he has seen.
 * Runs do not change it: it is for edits, not for caches.
 */
import { createHash } from 'node:crypto'
import { StoreError, type Processing } from '../store/types.ts'
import { HttpError, type Problem } from './errors.ts'
import type { Profile } from './permissions.ts'
import { processingSchema } from './processing-schema.ts'
import { badParameter } from './query.ts'

const FIELDS = Object.keys(processingSchema.properties) as (keyof Processing)[] // the schema's properties are fields of the document
/** 24 bits: they tell changes, and keep nothing secret from whoever sees the fields. */
const HASH_LETTERS = 4

interface Tag {
  readonly revision: number
  /** Of `FIELDS`, in their order; of another length: of another version of the service. */
  readonly hashes: readonly string[]
}

/** `"12"`, for an administrator `"12-…"`. */
export function etagOf (processing: Processing, profile: Profile | undefined): string {
  const hashes = profile === 'admin' ? `-${hashesOf(processing).join('')}` : ''
  return `"${revisionOf(processing)}${hashes}"`
}

/**
 * The revision that the store must still have when it writes; undefined: any will do. `header`: `*`, or tags with commas between them. Throws 400, or 412 when
 * the processing is none of those that the caller has seen.
 */
export function requireMatch (header: string, processing: Processing): number | undefined {
  if (header === '' || header.trim() === '*') return undefined
  const tags = readTags(header)
  const revision = revisionOf(processing)
  if (tags.some(tag => tag.revision === revision)) return revision
  throw changedSince(tags, processing)
}

/** `write` was refused by the store since somebody was quicker: told as if it had been seen before. */
export async function orChanged<T> (header: string, read: () => Promise<Processing | undefined>, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const now = error instanceof StoreError && error.code === 'conflict' ? await read() : undefined
    throw now === undefined ? error : changedSince(readTags(header), now)
  }
}

function readTags (header: string): Tag[] {
  return header.split(',').map(part => {
    // A proxy that compresses makes a tag weak.
    const [, revision, hashes = ''] = /^\s*(?:W\/)?"(\d{1,15})(?:-([\w-]{1,200}))?"\s*$/.exec(part) ?? []
    if (revision === undefined) throw badParameter('If-Match', { en: '* or the ETag of the processing', fr: '* ou l\'ETag du traitement' }, header)
    return { revision: Number(revision), hashes: hashes.match(/.{4}/g) ?? [] }
  })
}

/** Names the fields that differ from what the newest tag tells; none when they are back to what they were, or are none of those that are written. */
function changedSince (tags: readonly Tag[], processing: Processing): HttpError {
  const seen = tags.reduce((newest, tag) => tag.revision > newest.revision ? tag : newest)
  const now = hashesOf(processing)
  const changed = seen.hashes.length === now.length ? FIELDS.filter((_, index) => seen.hashes[index] !== now[index]) : []
  const { updated: { name, date } } = processing
  const problems = changed.map((field): Problem => ({ pointer: `/${field}`, code: 'changed-field', params: { field, name, date } }))
  return new HttpError(412, 'changed', { name, date }, problems.length === 0 ? {} : { problems })
}

function hashesOf (processing: Processing): string[] {
  return FIELDS.map(field => createHash('sha256').update(JSON.stringify(processing[field]) ?? '').digest('base64url').slice(0, HASH_LETTERS))
}

function revisionOf ({ revision = 0 }: Processing): number {
  return revision
}
