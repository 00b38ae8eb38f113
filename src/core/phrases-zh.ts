/**
 * What Chinese error messages are about, as vendors' pages and public issues have them (test/fixtures/errors, 2026-12).
 * There are no words between which a rule could look: each is a word of its field, or two of them in one clause.
 */

/** Within one clause. */
const NEAR = '[^，。；,;]{0,12}';

export const ZH = {
  rate: /速率|频率|频繁|限流|并发|过快|请求(数|量|次数)?过多|\b(qps|rpm|tpm)\b/i,
  credit: new RegExp(
    `余额|欠费|充值|用量上限|预扣费|扣费失败|透支|逾期|购买(积分|套餐|资源)|额度${NEAR}(不足|用|耗|为0|超)|(资源包|套餐|积分|点数|次数)${NEAR}(不足|用完|用尽|耗尽|到期|过期)|无可用资源包`,
  ),
  moderation:
    /敏感|违规|违禁|违法|审核|风控|不当|不合规|涉黄|涉政|色情|暴力|血腥|侵权|版权|真人|未成年|安全(策略|检测|审查|检查|规范)|内容(安全|政策)|未通过检测/,
  access: new RegExp(
    `权限|无权|未(开通|授权|激活|实名|认证)|实名|白名单|封禁|(账号|账户|用户)${NEAR}(禁用|冻结|停用|锁定)|地区${NEAR}不`,
  ),
  auth: new RegExp(
    `密钥|鉴权|认证失败|身份验证|未登录|请登录|签名${NEAR}(错误|失败|不匹配)|令牌(?!分组)|api.?key${NEAR}(无效|错误|过期)`,
    'i',
  ),
  load: /访问量过大|繁忙|拥挤|过载|负载|暂时不可用|无可用(渠道|通道|节点|实例|资源)|(资源|算力|容量)(不足|紧张)|排队(已满|人数)/,
  timeout: /超时/,
  request:
    /参数|必填|不能为空|不支持|不合法|非法|格式(错误|不正确|有误)|缺少|(内容|文本|文件|图片|提示词|请求体|长度)(过长|过大)|超出(范围|长度|大小)/,
  missing: /模型不存在|不存在|未找到|找不到/,
  fault: /网络错误|(系统|内部|服务器?|下游|未知)(内部)?(错误|异常|故障)|(生成|处理|执行)失败/,
} as const;
