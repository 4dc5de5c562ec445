/** /api/identities: follows the directory of users. Source: data-fair/processings v6. */
import type { Account, AccountKey } from '../store/types.ts'
import { record, serviceActor } from './audit.ts'
import { deleteProcessing } from './delete-processing.ts'
import type { Call } from './routes/route.ts'
import type { ApiDeps, Context } from './types.ts'

/** Deleted at the same time: a run that must stop first may take its grace period. */
const BATCH = 10

/** What the route table lets through, beside what the directory sends and nobody here needs. */
interface Identity {
  readonly name: string
  readonly departments?: readonly { readonly id: string, readonly name: string }[]
}

/** New names, wherever they were written down. Cut short, it is said again. */
export async function renameIdentity ({ ctx, deps, body }: Call<undefined>): Promise<string> {
  const { name, departments = [] } = body as unknown as Identity // the route table has checked it
  const { accounts } = deps.store
  const account = accountOf(ctx)
  await accounts.renameOwner(account, name)
  if (account.type === 'user') await accounts.renameUser(account.id, name)
  else for (const department of departments) await accounts.renameDepartment(account, department.id, department.name)
  await recordIdentity(ctx, deps, { ...account, name }, 'account.rename')
  return ''
}

/** All that is of an account: its runs are stopped first; its keys, processings, logs, files and limits go. */
export async function removeIdentity ({ ctx, deps }: Call<undefined>): Promise<string> {
  const account = accountOf(ctx)
  await removeKeys(deps, account)
  for (;;) {
    const { results } = await deps.store.processings.list({ owner: account }, { size: BATCH, skip: 0 })
    if (results.length === 0) break
    await Promise.all(results.map(async processing => await deleteProcessing(deps, processing)))
  }
  await deps.store.accounts.removeOwner(account)
  await recordIdentity(ctx, deps, { ...account, name: account.id }, 'account.remove')
  return ''
}

async function recordIdentity (ctx: Context, deps: ApiDeps, account: Account, action: string): Promise<void> {
  await record(ctx, deps, { account, action, target: { type: account.type, id: account.id }, actor: serviceActor('identities') })
}

/** First: nobody adds to what is being removed. */
async function removeKeys ({ store: { apiKeys } }: ApiDeps, account: AccountKey): Promise<void> {
  const { results } = await apiKeys.list(account, { size: 1000, skip: 0 })
  for (const { _id } of results) await apiKeys.revoke(account, _id)
}

function accountOf ({ params }: Context): AccountKey {
  return { type: params.type === 'user' ? 'user' : 'organization', id: params.account ?? '' }
}
