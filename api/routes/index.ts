/** The API: every operation there is. What is not here does not exist; what is here is checked, documented and tested. */
import { adminRoutes } from './admin.ts'
import { apiKeyRoutes } from './api-keys.ts'
import { auditRoutes } from './audit.ts'
import { documentationRoutes } from './documentation.ts'
import { identityRoutes } from './identities.ts'
import { limitRoutes } from './limits.ts'
import { processingRoutes } from './processings.ts'
import type { Route } from './route.ts'
import { runRoutes } from './runs.ts'
import { serviceRoutes } from './service.ts'

export const routes: readonly Route[] = [...processingRoutes, ...runRoutes, ...apiKeyRoutes, ...limitRoutes, ...auditRoutes, ...adminRoutes, ...identityRoutes, ...serviceRoutes, ...documentationRoutes]
