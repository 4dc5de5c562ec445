/** One call for each row of the matrix, each about documents of its own. */
import { nanoid } from 'nanoid'
import type { Account, Permission, Processing } from '../../../store/types.ts'
import { ADMIN_KEY, blue, type Service } from '../service.ts'

export interface Documents {
  /** Blue's: Red's administrators may execute it, eve may read it. */
  readonly shared: string
  /** Of Blue's department hr. */
  readonly department: string
  /** Blue's, shared with nobody. */
  readonly closed: string
  /** A word in the titles of these three and of no other. */
  readonly word: string
}

type Answer = Awaited<ReturnType<Service['call']>>

export interface MatrixCall {
  /** Of the route table: `GET /api/v1/runs/{id}`. */
  readonly route: string
  readonly path: (documents: Documents, run: string) => string
  readonly body?: (documents: Documents) => unknown
  /** A run of the shared processing is there: one that waits, or one that has ended. */
  readonly run?: 'waiting' | 'ended'
  /** What of the answer is shown beside its status. */
  readonly show?: (answer: Answer) => string
}

/** a, e, r: the caller's profile. */
const profile = ({ json }: Answer): string => String(json.userProfile).slice(0, 1)
/** How many documents are listed; that the count says the same is part of it. */
const listed = ({ json }: Answer): string => `:${json.results.length}${json.results.length === json.count ? '' : `!=${json.count}`}`
/** r: what only administrators see is there. */
const config = ({ json }: Answer): string => `${profile({ json } as Answer)}${json.permissions === undefined && json.config === undefined ? '' : '+'}`

const processings = '/api/v1/processings'
const runs = '/api/v1/runs'
const keys = '/api/v1/api-keys'
const limits = '/api/v1/limits'
const runLimits = '/api/v1/admin/limits'
const ofOwner = `${runLimits}/owners/{type}/{account}`
const ofPlugin = `${runLimits}/plugins/{plugin}`
const one = `${processings}/{id}`
const run = `${runs}/{id}`
const identity = '/api/identities/{type}/{account}'
const blueAccount = 'organization:blue'

/** By the title of its row. */
export const calls: Readonly<Record<string, MatrixCall>> = {
  'list of Blue': { route: `GET ${processings}`, path: ({ word }) => `${processings}?owner=${blueAccount}&q=${word}`, show: listed },
  'list of the department': { route: `GET ${processings}`, path: ({ word }) => `${processings}?owner=${blueAccount}:hr&q=${word}`, show: listed },
  'list of everybody': { route: `GET ${processings}`, path: ({ word }) => `${processings}?showAll=true&q=${word}`, show: listed },
  'create for Blue': { route: `POST ${processings}`, path: () => processings, body: () => ({ title: 'New', plugin: 'takes-anything', owner: blue }) },
  'create with debug': { route: `POST ${processings}`, path: () => processings, body: () => ({ title: 'New', plugin: 'takes-anything', owner: blue, debug: true }) },
  read: { route: `GET ${one}`, path: ({ shared }) => `${processings}/${shared}`, show: config },
  'read one of the department': { route: `GET ${one}`, path: ({ department }) => `${processings}/${department}`, show: config },
  'read one that is not shared': { route: `GET ${one}`, path: ({ closed }) => `${processings}/${closed}`, show: config },
  change: { route: `PATCH ${one}`, path: ({ shared }) => `${processings}/${shared}`, body: () => ({ title: 'Changed' }) },
  'give to Green': { route: `PATCH ${one}`, path: ({ shared }) => `${processings}/${shared}`, body: () => ({ owner: { type: 'organization', id: 'green', name: 'Green' } }) },
  'give to the department': { route: `PATCH ${one}`, path: ({ shared }) => `${processings}/${shared}`, body: () => ({ owner: { ...blue, department: 'hr' } }) },
  'change debug': { route: `PATCH ${one}`, path: ({ shared }) => `${processings}/${shared}`, body: () => ({ debug: true }) },
  delete: { route: `DELETE ${one}`, path: ({ shared }) => `${processings}/${shared}` },
  'read the plugin': { route: `GET ${one}/plugin`, path: ({ shared }) => `${processings}/${shared}/plugin` },
  'read the schema': { route: `GET ${one}/plugin-config-schema`, path: ({ shared }) => `${processings}/${shared}/plugin-config-schema` },
  'read the webhook key': { route: `GET ${one}/webhook-key`, path: ({ shared }) => `${processings}/${shared}/webhook-key` },
  'renew the webhook key': { route: `DELETE ${one}/webhook-key`, path: ({ shared }) => `${processings}/${shared}/webhook-key` },
  trigger: { route: `POST ${one}/_trigger`, path: ({ shared }) => `${processings}/${shared}/_trigger` },
  'trigger, webhook key': { route: `POST ${one}/_trigger`, path: ({ shared }) => `${processings}/${shared}/_trigger?key=key-of-${shared}` },
  'trigger, wrong key': { route: `POST ${one}/_trigger`, path: ({ shared, closed }) => `${processings}/${shared}/_trigger?key=key-of-${closed}` },
  'read its document': { route: `GET ${one}/api-docs.json`, path: ({ shared }) => `${processings}/${shared}/api-docs.json` },
  'read the document': { route: 'GET /api/v1/admin/api-docs.json', path: () => '/api/v1/admin/api-docs.json' },
  'list runs of Blue': { route: `GET ${runs}`, run: 'waiting', path: ({ shared }) => `${runs}?owner=${blueAccount}&processing=${shared}`, show: listed },
  'read a run': { route: `GET ${run}`, run: 'waiting', path: (_documents, id) => `${runs}/${id}`, show: profile },
  kill: { route: `POST ${run}/_kill`, run: 'waiting', path: (_documents, id) => `${runs}/${id}/_kill` },
  'read a log': { route: `GET ${run}/log`, run: 'ended', path: (_documents, id) => `${runs}/${id}/log` },
  'download a log': { route: `GET ${run}/log.txt`, run: 'ended', path: (_documents, id) => `${runs}/${id}/log.txt` },
  'follow a log': { route: `GET ${run}/log/stream`, run: 'ended', path: (_documents, id) => `${runs}/${id}/log/stream` },
  'list keys of Blue': { route: `GET ${keys}`, path: () => `${keys}?account=${blueAccount}` },
  'list own keys': { route: `GET ${keys}`, path: () => keys },
  'make a key of Blue': { route: `POST ${keys}`, path: () => keys, body: () => ({ title: 'New', role: 'admin', account: { type: 'organization', id: 'blue' } }) },
  'make a key of the department': { route: `POST ${keys}`, path: () => keys, body: () => ({ title: 'New', role: 'admin', account: { type: 'organization', id: 'blue', department: 'hr' } }) },
  'rename Blue, no secret': { route: `POST ${identity}`, path: () => '/api/identities/organization/blue', body: () => ({ name: 'Bleu' }) },
  'remove Blue, no secret': { route: `DELETE ${identity}`, path: () => '/api/identities/organization/blue' },
  'report on Blue, no secret': { route: `GET ${identity}/report`, path: () => '/api/identities/organization/blue/report' },
  'audit of Blue': { route: 'GET /api/v1/audit', path: () => `/api/v1/audit?account=${blueAccount}` },
  'own audit': { route: 'GET /api/v1/audit', path: () => '/api/v1/audit' },
  'limits of everybody': { route: `GET ${limits}`, path: () => limits },
  'read limits of Blue': { route: `GET ${limits}/{type}/{account}`, path: () => `${limits}/organization/blue` },
  'set limits of Blue': { route: `POST ${limits}/{type}/{account}`, path: () => `${limits}/organization/blue`, body: () => ({ lastUpdate: '2026-03-01T00:00:00Z', processings_seconds: { limit: 60 } }) },
  'read the version': { route: 'GET /api/v1/admin/info', path: () => '/api/v1/admin/info' },
  'read the status': { route: 'GET /api/v1/admin/status', path: () => '/api/v1/admin/status' },
  'list run limits': { route: `GET ${runLimits}`, path: () => runLimits },
  'set run limits of Blue': { route: `PUT ${ofOwner}`, path: () => `${runLimits}/owners/organization/blue`, body: () => ({ RUN_CPU_SECONDS: 60 }) },
  'reset run limits of Blue': { route: `DELETE ${ofOwner}`, path: () => `${runLimits}/owners/organization/nobody` },
  'set run limits of a plugin': { route: `PUT ${ofPlugin}`, path: () => `${runLimits}/plugins/takes-anything`, body: () => ({ RUN_CPU_SECONDS: 60 }) },
  'reset run limits of a plugin': { route: `DELETE ${ofPlugin}`, path: () => `${runLimits}/plugins/nothing` },
  'revoke a key of Blue': { route: `DELETE ${keys}/{id}`, path: () => `${keys}/unknown?account=${blueAccount}` }
}

/** Performs the call of a row with the credentials of a caller, and says what it came to. */
export async function perform (service: Service, { path, body, run: state, show }: MatrixCall, documents: Documents, method: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const runId = state === undefined ? '' : await makeRun(service, documents.shared, state)
  const answer = await service.call(method, path(documents, runId), { headers, ...(body === undefined ? {} : { body: body(documents) }) })
  return `${answer.status}${answer.status < 300 && show !== undefined ? show(answer) : ''}`
}

const hr: Account = { ...blue, department: 'hr' }
const shares: readonly Permission[] = [
  { profile: 'exec', target: { type: 'partner', organization: { id: 'red', name: 'Red' }, roles: ['admin'] } },
  { profile: 'read', target: { type: 'userEmail', email: 'eve@example.org' } }
]

export async function makeDocuments ({ store }: Service): Promise<Documents> {
  const word = `w${nanoid().replaceAll(/[^a-z0-9]/gi, '').toLowerCase()}`
  const insert = async (owner: Account, permissions: readonly Permission[]): Promise<string> => {
    const _id = nanoid()
    const created = { id: 'ada', name: 'Ada', date: new Date().toISOString() }
    const processing: Processing = { _id, title: word, owner, plugin: 'keeps-a-secret', scheduling: [], active: true, config: { message: 'Hello' }, permissions, webhookKey: `key-of-${_id}`, created, updated: created }
    await store.processings.insert(processing)
    return _id
  }
  return { word, shared: await insert(blue, shares), department: await insert(hr, []), closed: await insert(blue, []) }
}

async function makeRun (service: Service, processing: string, state: 'waiting' | 'ended'): Promise<string> {
  const headers = { authorization: `Bearer ${ADMIN_KEY}` }
  const { json } = await service.call('POST', `/api/v1/processings/${processing}/_trigger`, { headers })
  if (state === 'ended') await service.call('POST', `/api/v1/runs/${json._id}/_kill`, { headers })
  return json._id
}
