/**
 * What one entry of the route table says: how an operation is called, who may call it, what it takes and answers, and who does it. The
 * service (serve.ts), the document (openapi/) and the tests are made from the entries alone.
 */
import type { Text } from '../texts.ts'
import type { ApiParts, Context } from '../types.ts'

/** JSON Schema 2020-12, as OpenAPI 3.1 has it. `wanted: { en, fr }` completes the sentence that a wrong value is answered with, and describes it in the document. */
export type JsonSchema = Readonly<Record<string, unknown>>

export interface Parameter {
  readonly says: Text
  readonly schema: JsonSchema & { readonly wanted: Text }
}

type Parameters = Readonly<Record<string, Parameter>>

export interface BodyRule {
  readonly schema: JsonSchema
  /** `handler`: the schema tells what is taken, but the handler has rules that no schema can say, and sentences of its own. @default 'table' */
  readonly checkedBy?: 'table' | 'handler'
  /** Nothing may be sent at all. */
  readonly optional?: boolean
  /** What is sent as another type than JSON is not read, as upstream; else it is answered 415. */
  readonly ignoresOtherTypes?: boolean
  /** Largest body. @default ApiOptions.bodyBytes */
  readonly bytes?: number
}

export interface AnswerRule {
  readonly says: Text
  /** Absent: no content. */
  readonly schema?: JsonSchema
  /** @default 'application/json' */
  readonly type?: string
  /** Beside those that every answer has. */
  readonly headers?: Readonly<Record<string, { readonly says: Text, readonly schema: JsonSchema }>>
}

/** One call with its answer. It is in the document, and a test performs it against the world of test/api/example-world.ts. */
export interface Example {
  /** Of its kind within the operation: letters and dashes. */
  readonly name: string
  readonly says: Text
  /** An administrator of the example's account by default. */
  readonly as?: 'super-admin' | 'nobody'
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** @default the first of `answers` */
  readonly status?: number
  /** But for ids and dates made by the call. Absent: not shown; the schema holds all the same. */
  readonly answer?: unknown
}

/** Who is let in, and what the door finds out on the way: a processing, a run, the session. */
export interface Access<Subject> {
  readonly needs: 'nothing' | 'secret' | 'secret or super-admin' | 'secret or account:member' | 'session' | 'super-admin' | 'account:admin' | 'processing:read' | 'processing:exec' | 'processing:admin' | 'run:read' | 'run:exec' | 'webhook-key or processing:exec'
  /** Of openapi/security.ts: any of them lets in. */
  readonly schemes: readonly string[]
  /** What the door itself may answer. */
  readonly refuses: readonly number[]
  /** Throws `HttpError`. The session has been read, unless `needs` is `nothing`; path parameters are checked. */
  readonly admit: (ctx: Context, deps: ApiParts) => Subject | Promise<Subject>
}

export interface Call<Subject> {
  readonly ctx: Context
  readonly deps: ApiParts
  readonly subject: Subject
  /** Checked by the table, as texts; what was sent empty is not here. */
  readonly query: Readonly<Record<string, string>>
  /** Checked by the table, unless the entry says otherwise; `{}` when there is none. */
  readonly body: Readonly<Record<string, unknown>>
}

interface Entry {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** As OpenAPI writes it: `/api/v1/runs/{id}`. */
  readonly path: string
  /** Unique, in camel case: the `operationId`. */
  readonly name: string
  readonly tag: 'api-keys' | 'audit' | 'identities' | 'limits' | 'processings' | 'runs' | 'service' | 'documentation'
  readonly says: Text
  readonly more?: Text
  /** Of the path, beside `id`. */
  readonly params?: Parameters
  readonly query?: Parameters
  readonly headers?: Parameters
  readonly body?: BodyRule
  /** By status; the first is that of a call whose handler sets none. */
  readonly answers: Readonly<Record<number, AnswerRule>>
  /** What the handler may answer beside what the door and the checks do. */
  readonly errors?: readonly number[]
  readonly examples: readonly Example[]
}

export interface RouteRule<Subject> extends Entry {
  readonly access: Access<Subject>
  /** Its result is the body. It may set a status (one of `answers`) and headers. */
  readonly handle: (call: Call<Subject>) => unknown
}

export interface Route extends Entry {
  readonly access: Omit<Access<unknown>, 'admit'>
  /** Lets in, then `read`s what was sent, then handles. */
  readonly perform: (ctx: Context, deps: ApiParts, read: () => Promise<Pick<Call<unknown>, 'query' | 'body'>>) => Promise<unknown>
}

/** An entry of the table, whatever its door finds. */
export function route<Subject> (rule: RouteRule<Subject>): Route {
  return {
    ...rule,
    perform: async (ctx, deps, read) => {
      const subject = await rule.access.admit(ctx, deps)
      return await rule.handle({ ctx, deps, subject, ...await read() })
    }
  }
}
