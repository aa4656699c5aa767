import type { Words } from './en.ts';

const zhCN: Words = {
  language: '简体中文',
  tag: 'zh-CN',

  anonymous: '匿名',
  appName: 'Openline',

  namePrompt: '大家怎么称呼你？',
  nameHint: '只需一个名字，马上就能看、就能说。',
  nameLabel: '你的名字',
  nameButton: '加入',
  nameFailed: '名字没有保存成功，请再试一次。',

  rooms: '房间',
  openRoom: '打开房间…',
  openRoomButton: '打开',
  showRooms: '显示房间',
  closeRooms: '关闭房间列表',
  here: (count) => `${count} 人在此`,

  messages: (room) => `${room} 的消息`,
  writeIn: (room) => `在 #${room} 中说点什么`,
  send: '发送',
  sending: '正在发送',
  sent: '已发送',
  waiting: '等待网络连接',
  failed: '未能发送',
  retry: '重试',
  edit: '编辑',
  delete: '删除',

  today: '今天',
  yesterday: '昨天',
  present: '回到最新消息',
  newMessages: (count) => `${count} 条新消息`,
  loadingOlder: '正在加载更早的消息',
  historyFailed: '这些消息没有加载成功。',

  emptyTitle: (room) => `这里是 #${room}`,
  emptyText: '还没有人说过话。在下面写一句，或者在任意终端里运行：',
  copy: '复制',
  copied: '已复制',
  invite: '打开这个地址的人就进入了房间：',

  deletedPerson: '已注销',
  networkFailed: '无法连接服务器，请重试。',
  removed: '你已不在这个房间。',
  presentFrom: (day: string) => `${day} · 回到最新`,
  reconnecting: '正在重新连接…',
  tryNow: '立即重试',
  refused: '无法打开这个房间。',
  theme: '主题',
  themes: { system: '跟随系统', light: '浅色', dark: '深色' },
  languageSwitch: '语言',
};

export default zhCN;
