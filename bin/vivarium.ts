/** The command line, on Node 26; vivarium.js makes sure of that. */
import { command } from './command.ts'

const hold = setInterval(() => {}, 60_000) // until the command has answered: cells that are being ended do not hold the event loop
process.exitCode = await command(process.argv.slice(2))
clearInterval(hold)
