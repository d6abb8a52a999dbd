using System.Text.RegularExpressions;
using Holdfast.CircuitBreaking;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.SignIn;

namespace Holdfast.Gateway.Configuration;

/// <summary>Reads <c>providers</c>: each entry over what <c>defaults</c> says.</summary>
internal static partial class ProvidersSection
{
    private const int Most = 1_000_000;

    // Without these a request is none, or its answer comes in another form than its caller reads.
    private static readonly string[] Indispensable = ["input", "messages", "model", "stream"];

    private static readonly string[] Scopes = ["auto", "key", "model"];
    private static readonly string[] Places = ["auto", "always", "never"];

    public static IReadOnlyList<ProviderOptions> Read(
        SectionReader section, DefaultsSection defaults, ModelTargets targets)
    {
        var providers = new List<ProviderOptions>();
        foreach (var entry in section.Entries())
        {
            if (!Name().IsMatch(entry.Key))
                section.Error(entry.Key, "is not a provider's name: 1 to 64 letters, digits, '_', '.' and '-'");
            providers.Add(ReadOne(
                entry.Key, section.Section(entry), defaults, targets.UpstreamOf(entry.Key)));
        }

        return providers;
    }

    private static ProviderOptions ReadOne(
        string name, SectionReader section, DefaultsSection defaults, IEnumerable<string> models)
    {
        section.InheritsFrom("defaults");
        var (typeName, type) = Type(section);
        var breaker = OptionLayers.CircuitBreaker(section.Section("circuitBreaker"), defaults.CircuitBreaker);
        var provider = new ProviderOptions
        {
            Name = name,
            Type = typeName,
            BaseUrl = BaseUrl(section),
            ApiKeys = ApiKeys(section),
            Priority = section.Integer("priority", 1, -Most, Most),
            Weight = section.Number("weight", 1, 0, Most),
            Region = Matching(section, "region", Region(), "is not a region: letters, digits and '-'"),
            Project = Matching(section, "project", Project(), "is not a project: letters, digits, '-', '.' and ':'"),
            ApiVersion = Matching(section, "apiVersion", ApiVersion(), "is not a version: letters, digits, '-', '.'"),
            Deployments = Deployments(section.Section("deployments")),
            DefaultMaxTokens = section.Integer("defaultMaxTokens", 4096, 1, 100_000_000),
            DropUnsupported = section.Flag("dropUnsupported", false),
            UnsupportedFields = UnsupportedFields(section),
            SignIn = Enum.Parse<SignInPlaces>(section.Word("signIn", Places[0], Places), ignoreCase: true),
            RateLimitScope = Enum.Parse<RateLimitScope>(
                section.Word("rateLimitScope", Scopes[0], Scopes), ignoreCase: true),
            Headers = Headers(section.Section("headers")),
            Errors = ErrorsSection.Read(section),
            Reliability = defaults.Reliability,
            CircuitBreaker = breaker,
            CircuitBreakers = CircuitBreakers(section.Section("circuitBreakers"), breaker, section.Place, models),
            HealthCheck = OptionLayers.HealthCheck(section.Section("healthCheck"), defaults.HealthCheck),
            Retry = OptionLayers.Retry(section.Section("retry"), defaults.Retry),
            Timeouts = OptionLayers.Timeouts(section.Section("timeouts"), defaults.Timeouts),
            Queue = OptionLayers.Queue(section.Section("queue"), defaults.Queue),
        };
        section.Done();
        if (type is not null)
            CheckNeeds(section, provider, type);
        OptionLayers.RefuseForeignEndpoint(section, provider.HealthCheck, provider);
        return provider;
    }

    private static (string Name, ProviderType? Type) Type(SectionReader section)
    {
        if (section.Placed("type") is not { } written)
        {
            if (!section.HasFailed)
                section.ErrorHere($"type is missing (one of: {Wording.List(ProviderTypes.Names)})");
            return ("", null);
        }

        var type = ProviderTypes.Find(written.Text);
        if (type is null)
        {
            var nearest = section.DidYouMean(written, ProviderTypes.Names);
            section.Error("type",
                $"{written.Says("is not a provider type")}{nearest} (allowed: {Wording.List(ProviderTypes.Names)})");
        }

        return (written.Text, type);
    }

    /// <summary>What the table of types leaves open must be filled in by somebody.</summary>
    private static void CheckNeeds(SectionReader section, ProviderOptions provider, ProviderType type)
    {
        if (!section.Has("baseUrl"))
        {
            if (type.BaseUrl.Length == 0)
                section.ErrorHere($"baseUrl is missing: type {type.Name} has no address of its own");
            if (Leaves("region") && !section.Has("region"))
                section.ErrorHere($"region is missing: the address of type {type.Name} is made from it");
            if (Leaves("project") && !section.Has("project"))
                section.ErrorHere($"project is missing: the address of type {type.Name} is made from it");
        }

        var hasKeyWritten = section.Has("apiKey") || section.Has("apiKeys");
        if (!type.KeyOptional && type.SignIn == CloudSignIn.None && provider.ApiKeys.Count == 0
            && !(hasKeyWritten && section.HasFailed))
            section.WarnHere($"has no apiKey: type {type.Name} usually refuses calls without one");

        if (type.SignIn != CloudSignIn.None && provider is { ApiKeys.Count: 0, Address: { } address }
            && !(hasKeyWritten && section.HasFailed) && provider.SignIn == SignInPlaces.Auto
            && !CloudHosts.May(provider.SignIn, type.SignIn, address))
            section.WarnHere($"has no apiKey, and {address.Host} is none of the cloud's own hosts (over https): calls "
                + "go there without authorization; signIn: always sends the cloud's token there");

        if (provider is { UnsupportedFields.Count: > 0, Address: { } place } && !type.EmbedsCompatibly
            && type.At(place).Dialect != Dialect.OpenAi)
            section.WarnHere("unsupportedFields changes nothing: it is about requests in OpenAI's format, and calls go "
                + $"to type {type.Name} in another one");

        bool Leaves(string part) => type.BaseUrl.Contains($"{{{part}}}", StringComparison.Ordinal);
    }

    private static Uri? BaseUrl(SectionReader section)
    {
        if (section.Placed("baseUrl") is not { } written)
            return null;
        var problem = WebAddress.Problem(written.Text);
        if (problem is null && written.Text.AsSpan().ContainsAny('?', '#'))
            problem = "must have no query and no fragment";
        if (problem is null)
            return new Uri(written.Text);
        // A user, password or key inside the address must not be repeated.
        var mayShow = !written.Text.AsSpan().ContainsAny('@', '?', '#');
        section.Error("baseUrl", (mayShow ? written : written with { IsHidden = true }).Says(problem));
        return null;
    }

    private static List<string> ApiKeys(SectionReader section)
    {
        var one = section.Placed("apiKey");
        var many = section.Texts("apiKeys", ',');
        if (section.Has("apiKey") && section.Has("apiKeys"))
            section.Error("apiKeys", "and apiKey are both written; write one of them");
        var keys = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var written in one is null ? many ?? [] : [one])
        {
            if (HeaderRules.KeyProblem(written.Text) is { } problem)
                section.Report(written.Line, written.Place, written.Says(problem));
            else if (!seen.Add(written.Text))
                section.Report(written.Line, written.Place, written.Says("is the same as a key before it"));
            else if (written.Text.Length > 0)
                keys.Add(written.Text);
        }

        return keys;
    }

    private static List<string> UnsupportedFields(SectionReader section)
    {
        var fields = new List<string>();
        foreach (var written in section.Texts("unsupportedFields", ',') ?? [])
        {
            var problem = !Field().IsMatch(written.Text) ? "is not a field's name: letters, digits, '_', '.' and '-'"
                : Indispensable.Contains(written.Text) ? "cannot be left out of a request"
                : fields.Contains(written.Text) ? "is there twice"
                : null;
            if (problem is null)
                fields.Add(written.Text);
            else
                section.Report(written.Line, written.Place, written.Says(problem));
        }

        return fields;
    }

    /// <summary>By the provider's model, each over the provider's own.</summary>
    private static Dictionary<string, CircuitBreakerOptions> CircuitBreakers(
        SectionReader section, CircuitBreakerOptions parent, string provider, IEnumerable<string> models) =>
        section.Entries(models).ToDictionary(entry => entry.Key, entry =>
        {
            var own = section.Section(entry);
            own.InheritsFrom($"{provider}.circuitBreaker", "defaults.circuitBreaker");
            return OptionLayers.CircuitBreaker(own, parent);
        }, StringComparer.Ordinal);

    private static Dictionary<string, string> Deployments(SectionReader section)
    {
        var deployments = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in section.Entries())
        {
            if (section.Placed(entry.Key) is not { } deployment)
                continue;
            if (Deployment().IsMatch(deployment.Text))
                deployments[entry.Key] = deployment.Text;
            else
                section.Error(entry.Key, deployment.Says("is not a deployment: letters, digits, '-', '_' and '.'"));
        }

        return deployments;
    }

    private static Dictionary<string, string> Headers(SectionReader section)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in section.Entries())
        {
            var value = section.Placed(entry.Key);
            if (HeaderRules.NameProblem(entry.Key) is { } wrongName)
                section.Error(entry.Key, wrongName);
            else if (value is null)
                continue;
            else if (HeaderRules.ValueProblem(value.Text) is { } wrongValue)
                section.Error(entry.Key, value.Says(wrongValue));
            else if (!headers.TryAdd(entry.Key, value.Text))
                section.Error(entry.Key, "is there twice: upper and lower case are the same in headers");
        }

        return headers;
    }

    private static string? Matching(SectionReader section, string key, Regex shape, string problem)
    {
        if (section.Placed(key) is not { } written)
            return null;
        if (shape.IsMatch(written.Text))
            return written.Text;
        section.Error(key, written.Says(problem));
        return null;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_.-]{1,64}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[A-Za-z0-9_.-]{1,64}\z")]
    private static partial Regex Field();

    // These become parts of an address, where anything else could lead the call elsewhere.
    [GeneratedRegex(@"\A[A-Za-z0-9-]{1,64}\z")]
    private static partial Regex Region();

    [GeneratedRegex(@"\A[A-Za-z0-9:.-]{1,128}\z")]
    private static partial Regex Project();

    [GeneratedRegex(@"\A[A-Za-z0-9.-]{1,64}\z")]
    private static partial Regex ApiVersion();

    [GeneratedRegex(@"\A[A-Za-z0-9_.-]{1,128}\z")]
    private static partial Regex Deployment();
}
