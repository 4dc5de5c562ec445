import { reason } from '../reasons.ts'
import { CacheError } from '../types.ts'

const MAX_LENGTH = 300

/** An id is one name, never a path: it is put into URLs and below folders. Throws `CacheError` `plugin-not-found`. */
export function checkArtefactId (artefact: string): void {
  const isName = artefact !== '' && artefact.length <= MAX_LENGTH && artefact.isWellFormed() &&
    // eslint-disable-next-line no-control-regex -- these are what is refused
    !/[\0-\x1f\x7f\\]/.test(artefact) && !artefact.split('/').some((part) => part === '' || part === '.' || part === '..')
  if (!isName) throw new CacheError('plugin-not-found', artefact.slice(0, MAX_LENGTH).toWellFormed(), reason('not-an-id'))
}
