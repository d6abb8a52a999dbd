using System.Text.Json.Serialization;

namespace Holdfast.Gateway.Admin;

/// <summary>How the bodies and answers below <c>/admin</c> are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ExplainRequest))]
[JsonSerializable(typeof(RouteExplanation))]
[JsonSerializable(typeof(CircuitRequest))]
[JsonSerializable(typeof(CircuitReports))]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(ModeRequest))]
[JsonSerializable(typeof(ComponentRequest))]
[JsonSerializable(typeof(ModeReport))]
[JsonSerializable(typeof(HealthEvent))]
[JsonSerializable(typeof(CircuitEvent))]
[JsonSerializable(typeof(ConfigurationEvent))]
[JsonSerializable(typeof(DroppedEvent))]
internal sealed partial class AdminJson : JsonSerializerContext;
