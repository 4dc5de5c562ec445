/** What this plugin uses of the context of a run; docs/plugins.md lists all of it. Types cost nothing: they are erased when the plugin is bundled. */

export interface Config {
  readonly name?: string
  readonly times?: number
}

interface Log {
  step (message: string): Promise<void>
  info (message: string, extra?: unknown): Promise<void>
}

export interface Context {
  readonly processingConfig: Config
  readonly processingId: string
  readonly log: Log
}
