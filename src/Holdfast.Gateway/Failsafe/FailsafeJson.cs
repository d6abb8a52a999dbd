using System.Text.Json.Serialization;

namespace Holdfast.Gateway.Failsafe;

/// <summary>How the answers below <c>/failsafe</c> are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProviderReports))]
internal sealed partial class FailsafeJson : JsonSerializerContext;
