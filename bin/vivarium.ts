/** The command line: `vivarium start | demo | config`. */
if (Number.parseInt(process.versions.node) < 26) {
  console.error(`Vivarium needs Node 26, this is Node ${process.versions.node}: run it with \`npm start\` (or npm run demo, npm run config), which brings its own.`)
  process.exit(1)
}
// Only now: the rest of the tree may use what older versions do not have.
const { command } = await import('./command.ts')
const hold = setInterval(() => {}, 60_000) // until the command has answered: cells that are being ended do not hold the event loop
process.exitCode = await command(process.argv.slice(2))
clearInterval(hold)

export {}
