/**
 * What a field of a Kubernetes type is read as. `present` reads only that a message is there; `map` is a map of strings,
 * `octets` one of bytes (read as Latin-1); `json` is a RawExtension. Other words name a message of `MESSAGES`.
 */
export interface FieldSchema {
  readonly key: string;
  readonly type: string;
  readonly many: boolean;
}

/** A message by field numbers. Fields that are not listed are skipped. */
export type MessageSchema = ReadonlyMap<number, FieldSchema>;

/** `<number> <key> <type>`, with `*` behind the type of a repeated field. */
function message(...fields: readonly string[]): MessageSchema {
  return new Map(
    fields.map((field) => {
      const [number = '', key = '', type = ''] = field.split(' ');
      return [Number(number), { key, type: type.replace('*', ''), many: type.endsWith('*') }];
    }),
  );
}

const CONTAINER = message(
  '7 env EnvVar*',
  '15 securityContext SecurityContext',
  '19 envFrom EnvFrom*',
  '3 command string*',
  '4 args string*',
);
const OBJECT = '1 metadata ObjectMeta';

/** Kubernetes types (k8s.io/api v0.34, `generated.proto`), as far as powers, names and marks are in them. */
export const MESSAGES: Readonly<Record<string, MessageSchema>> = {
  ObjectMeta: message(
    '1 name string',
    '2 generateName string',
    '3 namespace string',
    '11 labels map',
    '12 annotations map',
  ),
  Plain: message(OBJECT),
  DeleteOptions: message('5 dryRun string*'),
  ConfigMap: message(OBJECT, '2 data map', '3 binaryData octets'),
  Secret: message(OBJECT, '2 data octets', '3 type string', '4 stringData map'),
  Pod: message(OBJECT, '2 spec PodSpec'),
  PodTemplate: message(OBJECT, '2 template PodTemplateSpec'),
  PodTemplateSpec: message(OBJECT, '2 spec PodSpec'),
  ReplicationController: message(OBJECT, '2 spec TemplateThird'),
  Deployment: message(OBJECT, '2 spec TemplateThird'),
  ReplicaSet: message(OBJECT, '2 spec TemplateThird'),
  StatefulSet: message(OBJECT, '2 spec TemplateThird'),
  DaemonSet: message(OBJECT, '2 spec TemplateSecond'),
  Job: message(OBJECT, '2 spec JobSpec'),
  CronJob: message(OBJECT, '2 spec CronJobSpec'),
  ControllerRevision: message(OBJECT, '2 data json'),
  PersistentVolume: message(OBJECT, '2 spec PersistentVolumeSpec'),

  TemplateSecond: message('2 template PodTemplateSpec'),
  TemplateThird: message('3 template PodTemplateSpec'),
  JobSpec: message('6 template PodTemplateSpec'),
  CronJobSpec: message('5 jobTemplate JobTemplateSpec'),
  JobTemplateSpec: message(OBJECT, '2 spec JobSpec'),

  PodSpec: message(
    '1 volumes Volume*',
    '2 containers Container*',
    '8 serviceAccountName string',
    '9 serviceAccount string',
    '11 hostNetwork bool',
    '12 hostPID bool',
    '13 hostIPC bool',
    '14 securityContext PodSecurityContext',
    '20 initContainers Container*',
    '34 ephemeralContainers EphemeralContainer*',
  ),
  Container: CONTAINER,
  EphemeralContainer: message('1 ephemeralContainerCommon Container'),
  EnvVar: message('1 name string', '2 value string', '3 valueFrom EnvVarSource'),
  EnvVarSource: message('4 secretKeyRef present'),
  EnvFrom: message('3 secretRef present'),
  SecurityContext: message('1 capabilities Capabilities', '2 privileged bool', '10 windowsOptions WindowsOptions'),
  PodSecurityContext: message('8 windowsOptions WindowsOptions'),
  WindowsOptions: message('4 hostProcess bool'),
  Capabilities: message('1 add string*'),
  Volume: message('2 volumeSource VolumeSource'),
  VolumeSource: message(
    '1 hostPath present',
    '6 secret present',
    '8 iscsi ReferenceTenth',
    '11 rbd ReferenceSeventh',
    '12 flexVolume ReferenceThird',
    '13 cinder ReferenceFourth',
    '14 cephfs ReferenceFifth',
    '18 azureFile AzureFile',
    '25 scaleIO ReferenceThird',
    '26 projected Projected',
    '27 storageos ReferenceFifth',
    '28 csi ReferenceFifth',
  ),
  Projected: message('1 sources Projection*'),
  Projection: message('1 secret present', '4 serviceAccountToken TokenProjection', '6 podCertificate present'),
  TokenProjection: message('1 audience string'),
  AzureFile: message('1 secretName string'),

  PersistentVolumeSpec: message('2 persistentVolumeSource PersistentVolumeSource'),
  PersistentVolumeSource: message(
    '3 hostPath present',
    '6 rbd ReferenceSeventh',
    '7 iscsi ReferenceTenth',
    '8 cinder ReferenceFourth',
    '9 cephfs ReferenceFifth',
    '12 flexVolume ReferenceThird',
    '13 azureFile AzureFile',
    '19 scaleIO ReferenceThird',
    '20 local present',
    '21 storageos ReferenceFifth',
    '22 csi CsiPersistentVolume',
  ),
  CsiPersistentVolume: message(
    '6 controllerPublishSecretRef present',
    '7 nodeStageSecretRef present',
    '8 nodePublishSecretRef present',
    '9 controllerExpandSecretRef present',
    '10 nodeExpandSecretRef present',
  ),
  ReferenceThird: message('3 secretRef present'),
  ReferenceFourth: message('4 secretRef present'),
  ReferenceFifth: message('5 secretRef present'),
  ReferenceSeventh: message('7 secretRef present'),
  ReferenceTenth: message('10 secretRef present'),
};

/** Types that begin with something other than an object's metadata. */
export const WITHOUT_METADATA: ReadonlySet<string> = new Set(['List', 'Status', 'WatchEvent', 'APIVersions']);
