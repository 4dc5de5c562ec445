/** `npm run demo`: starts a service of its own, runs the examples for two accounts at once, and shows what a person sees. */
import { interruption } from '../interruption.ts'
import { Client } from '../follow/client.ts'
import { paint } from '../follow/entry-line.ts'
import { follow } from '../follow/follow.ts'
import { PlainView } from '../follow/plain-view.ts'
import { demoRuns, harbour, orchard, type DemoRun } from './plan.ts'
import { isAsExpected, report, type Ended } from './report.ts'
import { localeOf, sayIn, type Locale, type Say } from './texts.ts'
import { TerminalView } from '../follow/terminal-view.ts'
import { openWorld, sourceToken, type World } from './world.ts'
import type { Processing } from '../../store/types.ts'

const out = process.stdout
const widthElsewhere = 160

/** Answers the exit code: 0 when each run ended as it should, 1 when one did not, 130 after Ctrl-C. Nothing of it is left afterwards. */
export async function demo ({ keep }: { readonly keep: boolean }): Promise<number> {
  const locale = localeOf(process.env)
  const text = sayIn(locale)
  const leave = new AbortController()
  const interrupted = interruption(130).then(() => {
    leave.abort()
    say(`\n${text('closing')}`)
  })
  say(text('starting'))
  const world = await openWorld(process.env)
  try {
    const ended = await Promise.race([runAll(world, locale, leave.signal), interrupted])
    if (ended === undefined) return 130
    out.write(`\n${report(ended, out.columns ?? widthElsewhere, text)}`)
    if (keep) {
      announce(world, text)
      await interrupted
    }
    return ended.every(isAsExpected) ? 0 : 1
  } finally {
    await world.close()
  }
}

/** Through the HTTP API alone, as anybody would. */
async function runAll (world: World, locale: Locale, signal: AbortSignal): Promise<Ended[]> {
  const text = sayIn(locale)
  const { url, adminKey } = world.service
  const clients = new Map([orchard, harbour].map(account => [account, new Client(url, adminKey, account)]))
  const clientOf = ({ account }: DemoRun): Client => clients.get(account) as Client // each plan names one of the two
  const plans = demoRuns(world.sourceUrl, sourceToken)

  const created: { plan: DemoRun, processing: Processing }[] = []
  for (const plan of plans) {
    const { title, plugin, config } = plan
    created.push({ plan, processing: await clientOf(plan).createProcessing({ title, plugin, config, active: true }) })
  }
  say(text('created', { count: created.length, one: orchard.name, other: harbour.name, url }))
  for (const plan of plans) await change(world, plan, text)

  say(`${text('running')}\n`)
  const width = Math.max(...plans.map(plan => sourceOf(plan).length))
  const view = out.isTTY ? new TerminalView(out, width) : new PlainView(out, width, locale)
  return await Promise.all(created.map(async ({ plan, processing }) => {
    const client = clientOf(plan)
    const { _id } = await client.trigger(processing._id)
    return { plan, run: await follow(client, _id, sourceOf(plan), view, signal) }
  }))
}

/** What happens to a plugin between the day it is chosen and the day it runs. */
async function change (world: World, { account, plugin, then }: DemoRun, text: Say): Promise<void> {
  if (then === undefined) return
  if (then === 'delete') {
    await world.deletePlugin(plugin)
    say(text('deleted', { plugin }))
  } else {
    await world.forbidPlugin(plugin, account)
    say(text('forbidden', { account: account.name, plugin }))
  }
}

function sourceOf ({ account, title }: DemoRun): string {
  return `${account.name} · ${title}`
}

function announce ({ service: { url, adminKey: key } }: World, text: Say): void {
  out.write(`\n${text('kept', { url, key, example: `curl -s '${url}/api/v1/processings?showAll=true' -H 'authorization: Bearer ${key}'` })}\n`)
}

function say (sentence: string): void {
  out.write(`${paint('gray', sentence)}\n`)
}
