/** `util.parseArgs`. */
import { checkObject, invalidArgValue, nodeError } from './invalid-argument.ts'

interface Option { readonly type: 'string' | 'boolean', readonly short?: string, readonly multiple?: boolean, readonly default?: unknown }
interface Config {
  readonly args?: readonly string[]
  readonly options?: Readonly<Record<string, Option>>
  readonly strict?: boolean
  readonly allowPositionals?: boolean
  readonly allowNegative?: boolean
  readonly tokens?: boolean
}
type Token =
  | { kind: 'option', name: string, rawName: string, index: number, value: string | undefined, inlineValue: boolean | undefined }
  | { kind: 'positional', index: number, value: string }
  | { kind: 'option-terminator', index: number }
type OptionToken = Extract<Token, { kind: 'option' }>

/** Throws ERR_PARSE_ARGS_UNKNOWN_OPTION, …_INVALID_OPTION_VALUE and …_UNEXPECTED_POSITIONAL as Node does. */
export function parseArgs (config: Config = {}): object {
  checkObject('config', config)
  const { args = process.argv.slice(2), options = {}, strict = true, allowPositionals = !strict, allowNegative = false, tokens: wanted = false } = config
  for (const [name, { type }] of Object.entries(options)) {
    if (type !== 'string' && type !== 'boolean') throw invalidArgValue(`options.${name}.type`, type, 'must be one of: string, boolean')
  }
  const tokens = tokenize(args, options)
  const values: Record<string, unknown> = Object.create(null)
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (!allowPositionals) throw nodeError(new TypeError(`Unexpected argument '${token.value}'. This command does not take positional arguments`), 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL')
      positionals.push(token.value)
    } else if (token.kind === 'option') {
      store(negated(token, options, allowNegative), options, strict, allowPositionals, values)
    }
  }
  for (const [name, option] of Object.entries(options)) {
    if (option.default !== undefined && values[name] === undefined) values[name] = option.default
  }
  return { values, positionals, ...(wanted ? { tokens } : {}) }
}

function tokenize (args: readonly string[], options: Readonly<Record<string, Option>>): Token[] {
  const tokens: Token[] = []
  const expanded: { readonly text: string, readonly index: number }[] = args.map((text, index) => ({ text, index }))
  for (let next = expanded.shift(); next !== undefined; next = expanded.shift()) {
    const { text, index } = next
    if (text === '--') {
      tokens.push({ kind: 'option-terminator', index }, ...expanded.map(rest => ({ kind: 'positional', index: rest.index, value: rest.text } as const)))
      break
    }
    if (text.length > 1 && text.startsWith('-')) tokens.push(optionToken(text, index, expanded, options))
    else tokens.push({ kind: 'positional', index, value: text })
  }
  return tokens
}

/** `--name`, `--name=value`, `-n`, `-nvalue`, and groups of short flags, whose rest goes back to the front. */
function optionToken (text: string, index: number, rest: { text: string, index: number }[], options: Readonly<Record<string, Option>>): OptionToken {
  if (text.startsWith('--')) {
    const equals = text.indexOf('=', 3)
    const rawName = equals < 0 ? text : text.slice(0, equals)
    const name = rawName.slice(2)
    if (equals >= 0) return { kind: 'option', name, rawName, index, value: text.slice(equals + 1), inlineValue: true }
    return withNext({ kind: 'option', name, rawName, index, value: undefined, inlineValue: undefined }, rest, options)
  }
  const letter = text.charAt(1)
  const name = Object.keys(options).find(key => options[key]?.short === letter) ?? letter
  const token: OptionToken = { kind: 'option', name, rawName: `-${letter}`, index, value: undefined, inlineValue: undefined }
  if (text.length === 2) return withNext(token, rest, options)
  if (options[name]?.type === 'string') return { ...token, value: text.slice(2), inlineValue: true }
  rest.unshift({ text: `-${text.slice(2)}`, index })
  return token
}

function withNext (token: OptionToken, rest: { text: string, index: number }[], options: Readonly<Record<string, Option>>): OptionToken {
  const next = rest[0]
  if (options[token.name]?.type !== 'string' || next === undefined || (next.text.length > 1 && next.text.startsWith('-'))) return token
  rest.shift()
  return { ...token, value: next.text, inlineValue: false }
}

function negated (token: OptionToken, options: Readonly<Record<string, Option>>, allowed: boolean): OptionToken & { no?: boolean } {
  const name = token.name.slice(3)
  return allowed && token.name.startsWith('no-') && token.value === undefined && options[token.name] === undefined && options[name]?.type !== 'string' ? { ...token, name, no: true } : token
}

function store (token: OptionToken & { no?: boolean }, options: Readonly<Record<string, Option>>, strict: boolean, allowPositionals: boolean, values: Record<string, unknown>): void {
  const { name, rawName, value } = token
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (strict && option === undefined) {
    const hint = allowPositionals ? `. To specify a positional argument starting with a '-', place it at the end of the command after '--', as in '-- "${rawName}"` : ''
    throw nodeError(new TypeError(`Unknown option '${rawName}'${hint}`), 'ERR_PARSE_ARGS_UNKNOWN_OPTION')
  }
  if (strict && option !== undefined) checkValue(option, name, value)
  const stored = value ?? token.no !== true
  if (option?.multiple === true) values[name] = [...(values[name] as unknown[] | undefined ?? []), stored]
  else values[name] = stored
}

function checkValue ({ type, short }: Option, name: string, value: string | undefined): void {
  const shown = `${short === undefined ? '' : `-${short}, `}--${name}`
  if (type === 'string' && value === undefined) throw nodeError(new TypeError(`Option '${shown} <value>' argument missing`), 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE')
  if (type === 'boolean' && value !== undefined) throw nodeError(new TypeError(`Option '${shown}' does not take an argument`), 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE')
}
