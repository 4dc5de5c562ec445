/** From an id in an address to a document that the caller may see. Another tenant's document answers as an unknown one does. */
import type { Processing, Run } from '../store/types.ts'
import { HttpError } from './errors.ts'
import { canExecute, isMember, profileOf, reaches, type Profile, type Session, type Shared } from './permissions.ts'
import type { Viewer } from './present.ts'
import { printFound } from './print-found.ts'
import { callerOf } from './session.ts'
import type { ApiDeps, Context } from './types.ts'

/** Least profile that an address asks for. */
export type Needed = 'read' | 'exec' | 'admin'

export function viewerOf (ctx: Context): Viewer {
  return { session: callerOf(ctx.state), locale: ctx.state.locale }
}

/** Throws 400 for what cannot be an id, 404, or 403 for a member of the owner whose rights do not suffice. */
export async function processingFor (ctx: Context, { store }: Pick<ApiDeps, 'store'>, needed: Needed): Promise<Processing> {
  const session = callerOf(ctx.state)
  const id = idOf(ctx)
  ctx.state.about = { processing: id }
  const processing = await store.processings.get(id)
  return allowed(session, processing, needed, () => new HttpError(404, 'unknown-processing', { id }))
}

/** As `processingFor`, by the owner and permissions that the run itself carries. */
export async function runFor (ctx: Context, { store }: Pick<ApiDeps, 'store'>, needed: Needed): Promise<Run> {
  const session = callerOf(ctx.state)
  const id = idOf(ctx)
  const run = await store.runs.get(id)
  ctx.state.about = { run: id, ...(run === undefined ? {} : { processing: run.processing._id }) }
  return allowed(session, run, needed, () => new HttpError(404, 'unknown-run', { id }))
}

/** The `:id` of the address. */
export function idOf (ctx: Context): string {
  const id = ctx.params.id ?? ''
  checkId('id', id)
  return id
}

export function checkId (field: string, id: string): void {
  if (!/^[\w-]{1,64}$/.test(id)) throw new HttpError(400, 'bad-id', { field, found: printFound(id) })
}

function allowed<T extends Shared> (session: Session, shared: T | undefined, needed: Needed, unknown: () => HttpError): T {
  if (shared === undefined) throw unknown()
  const profile = profileOf(session, shared)
  if (profile === undefined && !(isMember(session, shared.owner) && reaches(session, shared))) throw unknown()
  if (!suffices(profile, needed)) throw new HttpError(403, 'forbidden')
  return shared
}

function suffices (profile: Profile | undefined, needed: Needed): boolean {
  switch (needed) {
    case 'read': return profile !== undefined
    case 'exec': return canExecute(profile)
    case 'admin': return profile === 'admin'
  }
}
