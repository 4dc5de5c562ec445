/** The folder that relative paths begin at. */
import { theJob } from './job.ts'
import { parts } from './parts.ts'

let folder: string | undefined

export function cwd (): string {
  return folder ?? theJob().dir
}

/** Throws as Node does when there is no such folder. */
export function chdir (directory: unknown): void {
  folder = parts.fileNames().folderAt(directory, cwd())
}
