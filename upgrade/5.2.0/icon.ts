/** The thumbnail of a plugin: its icon, drawn anew. Of what v5 kept only the outline is taken, character by character: the rest may be anything. */
import { isObject, textOf } from './read-json.ts'

/** Commands and numbers of an outline. */
const OUTLINE = /^[MmLlHhVvCcSsQqTtAaZz0-9eE\s.,+-]+$/
const MAX_CHARACTERS = 65_536

/** An SVG of 256 × 256, or undefined when nothing can be drawn. `iconPath` knows the icons that are only named. */
export function thumbnailOf (icon: unknown, iconPath: (name: string) => string | undefined = () => undefined): string | undefined {
  const outline = outlinesOf(icon, iconPath).find(text => text !== undefined && text.length <= MAX_CHARACTERS && OUTLINE.test(text))
  if (outline === undefined) return undefined
  return '<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256" viewBox="0 0 256 256">' +
    '<rect width="256" height="256" rx="32" fill="#fff"/>' +
    `<path transform="translate(32 32) scale(8)" fill="#424242" d="${outline}"/></svg>`
}

/** From the surest to the least sure. Icons are drawn in a square of 24. */
function outlinesOf (icon: unknown, iconPath: (name: string) => string | undefined): (string | undefined)[] {
  if (typeof icon === 'string') return [iconPath(bareName(icon))]
  if (!isObject(icon)) return []
  const name = textOf(icon.name)
  return [textOf(icon.svgPath), name === undefined ? undefined : iconPath(bareName(name)), firstOutline(textOf(icon.svg))]
}

/** `mdi-account-group`, `mdiAccountGroup` and `account-group` are one icon. */
function bareName (name: string): string {
  return name.replace(/^mdi(?=-|[A-Z])-?/, '').replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase()
}

function firstOutline (svg: string | undefined): string | undefined {
  return svg === undefined || svg.length > 2 * MAX_CHARACTERS ? undefined : /<path\b[^>]*?\sd=(["'])([^"']*)\1/.exec(svg)?.[2]
}
