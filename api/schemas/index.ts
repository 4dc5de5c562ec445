/** Every schema that has a name in the document. */
import type { JsonSchema } from '../routes/route.ts'
import { apiKeySchemas } from './api-key.ts'
import { auditSchemas } from './audit.ts'
import { baseSchemas } from './base.ts'
import { limitSchemas } from './limits.ts'
import { processingSchemas } from './processing.ts'
import { runLimitSchemas } from './run-limits.ts'
import { runSchemas } from './run.ts'
import { serviceSchemas } from './service.ts'

export const schemas: Readonly<Record<string, JsonSchema>> = { ...baseSchemas, ...processingSchemas, ...runSchemas, ...apiKeySchemas, ...limitSchemas, ...auditSchemas, ...runLimitSchemas, ...serviceSchemas }
