/** Why a service does not start: an upgrade that is not done. */

export type UpgradeFailureCode =
  /** A script has failed for a reason that its sentence tells: no stack is needed. */
  | 'upgrade-failed'
  /** A script has failed for no reason that it knows: `cause` has the stack. */
  | 'upgrade-fault'
  /** The lock was lost to another process, or to an outage that was longer than it holds. */
  | 'upgrade-lock-lost'
  /** What the database has recorded of former upgrades makes no sense, or a script that is asked for does not exist. */
  | 'upgrade-unknown'

/** Its message says what was wanted, what happened, and what to do. */
export class UpgradeFailure extends Error {
  override readonly name = 'UpgradeFailure'
  readonly code: UpgradeFailureCode

  constructor (code: UpgradeFailureCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
