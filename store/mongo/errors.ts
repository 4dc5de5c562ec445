/** Errors of the driver and of the server, told as `StoreError`. */
import { MongoBulkWriteError, MongoClientClosedError, MongoError, MongoErrorLabel, MongoNetworkError, MongoNotConnectedError, MongoOperationTimeoutError, MongoServerError, MongoServerSelectionError, MongoTopologyClosedError } from 'mongodb'
import { StoreError } from '../types.ts'

const DUPLICATE = 11000

/**
 * Of the server, beside those that carry a label: HostUnreachable, HostNotFound, Unauthorized, AuthenticationFailed, MaxTimeMSExpired,
 * WriteConcernFailed (the majority has not answered in time), NetworkTimeout, ShutdownInProgress, UnsatisfiableWriteConcern, PrimarySteppedDown, ExceededTimeLimit, SocketException, NotWritablePrimary, Interrupted…, NotPrimaryNoSecondaryOk, OutOfDiskSpace.
 * Source: https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
 */
const OUTAGES = new Set<unknown>([6, 7, 13, 18, 50, 64, 89, 91, 100, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, 14031])

const OUTAGE_CLASSES = [MongoNetworkError, MongoServerSelectionError, MongoNotConnectedError, MongoTopologyClosedError, MongoClientClosedError, MongoOperationTimeoutError]

/** Outages become `unavailable`, a unique index in the way `duplicate`; anything else (a fault of ours) is left as it is. */
export function told (error: unknown, database: string): unknown {
  if (!(error instanceof MongoError)) return error
  if (error.code === DUPLICATE) return new StoreError('duplicate', `${database}: ${error.message}`, { cause: error })
  if (!isOutage(error)) return error
  return new StoreError('unavailable', `${database} does not answer: ${error.message}`, { cause: error })
}

export function isDuplicate (error: unknown): boolean {
  return error instanceof StoreError && error.code === 'duplicate'
}

export function isUnavailable (error: unknown): boolean {
  return error instanceof StoreError && error.code === 'unavailable'
}

/** A unique index was in the way of `work`: somebody has made the same document at the same time. `otherwise` finds it. */
export async function orElse<T> (work: Promise<T>, otherwise: () => Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (isDuplicate(error)) return await otherwise()
    throw error
  }
}

/** Undefined when a unique index was in the way. */
export async function unlessDuplicate<T> (work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (isDuplicate(error)) return undefined
    throw error
  }
}

/** Of a bulk write each single error counts: the first one says nothing of the others, nor of what the majority has confirmed. */
export function hasOnlyDuplicates (error: unknown): boolean {
  if (!(error instanceof MongoBulkWriteError)) return false
  const errors = [error.writeErrors].flat()
  return errors.length > 0 && errors.every(({ code }) => code === DUPLICATE) && error.result.getWriteConcernError() === undefined
}

function isOutage (error: MongoError): boolean {
  if (OUTAGE_CLASSES.some(type => error instanceof type)) return true
  if (!(error instanceof MongoServerError)) return false
  // The driver wraps a lost connection: without a code it is no answer of a server.
  if (error instanceof MongoBulkWriteError && error.code === undefined && [error.writeErrors].flat().length === 0) return true
  return OUTAGES.has(error.code) || error.hasErrorLabel(MongoErrorLabel.RetryableWriteError)
}

/**
 * Does `work`. When its answer is lost, it may have been done all the same: `found` looks for what it would have left,
 * and only when there is nothing is it done once more.
 */
export async function orFound<T> (work: () => Promise<T | undefined>, found: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!isUnavailable(error)) throw error
    return await found() ?? await work()
  }
}
