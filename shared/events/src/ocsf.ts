/** What all OCSF events of Sallyport have in common; the classes differ in the numbers and in what they add. */
export const ocsfVersion = '1.9.0-dev';

const product = { name: 'Sallyport', vendor_name: 'Sallyport', feature: { name: 'gateway' } };

export const severities = { informational: 1, low: 2, medium: 3, high: 4, critical: 5 } as const;
export type Severity = keyof typeof severities;

const severityNames: Record<Severity, string> = {
  informational: 'Informational',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  critical: 'Critical',
};

interface OcsfClass {
  readonly category_uid: number;
  readonly category_name: string;
  readonly class_uid: number;
  readonly class_name: string;
}

export const ocsfClasses = {
  authentication: {
    category_uid: 3,
    category_name: 'Identity & Access Management',
    class_uid: 3002,
    class_name: 'Authentication',
  },
  httpActivity: { category_uid: 4, category_name: 'Network Activity', class_uid: 4002, class_name: 'HTTP Activity' },
  apiActivity: { category_uid: 6, category_name: 'Application Activity', class_uid: 6003, class_name: 'API Activity' },
} satisfies Record<string, OcsfClass>;

export function ocsfBase(
  ocsfClass: OcsfClass,
  activityId: number,
  severity: Severity,
  timeMs: number,
  correlation: string | undefined,
): Record<string, unknown> {
  return {
    ...ocsfClass,
    activity_id: activityId,
    type_uid: ocsfClass.class_uid * 100 + activityId,
    severity_id: severities[severity],
    severity: severityNames[severity],
    time: timeMs,
    metadata: { version: ocsfVersion, product, ...(correlation ? { correlation_uid: correlation } : {}) },
  };
}
