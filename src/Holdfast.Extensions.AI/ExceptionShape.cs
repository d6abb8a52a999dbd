using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Holdfast.Extensions.AI;

/// <summary>
/// What the exceptions of the providers' SDKs have in common, read without knowing the SDKs: a status as
/// <c>Status</c> or <c>StatusCode</c>, and headers behind <c>GetRawResponse()</c>, <c>Response</c> or <c>Headers</c>.
/// One look by reflection for each type.
/// </summary>
internal sealed class ExceptionShape
{
    private const BindingFlags Visible = BindingFlags.Public | BindingFlags.Instance | BindingFlags.FlattenHierarchy;

    // Weak, so that a plug-in's types can be unloaded.
    private static readonly ConditionalWeakTable<Type, ExceptionShape> Known = [];

    private readonly PropertyInfo? _status;
    private readonly Func<object, object?>? _response;

    private ExceptionShape(Type type)
    {
        _status = Property(type, "Status", IsStatus) ?? Property(type, "StatusCode", IsStatus);
        _response = ResponseOf(type);
    }

    public static ExceptionShape Of(Type type) => Known.GetValue(type, static key => new ExceptionShape(key));

    /// <summary>The HTTP status; null when the exception has none, 0 when it says that there was no answer.</summary>
    public int? Status(Exception exception) => Read(_status, exception) switch
    {
        int status => status,
        HttpStatusCode status => (int)status,
        _ => null,
    };

    /// <summary>A header of the answer; null when there is none, or it can't be reached.</summary>
    public string? Header(Exception exception, string name)
    {
        try
        {
            return _response?.Invoke(exception) is { } response ? HeaderOf(response, name) : null;
        }
        catch (Exception unreadable) when (unreadable is TargetInvocationException or ObjectDisposedException)
        {
            // The answer was disposed of already: then there is no header to read.
            return null;
        }
    }

    private static bool IsStatus(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) is var plain
        && (plain == typeof(int) || plain == typeof(HttpStatusCode));

    private static Func<object, object?>? ResponseOf(Type type)
    {
        if (type.GetMethod("GetRawResponse", Visible, []) is { } method)
            return exception => method.Invoke(exception, null);
        var property = Property(type, "RawResponse", IsObject) ?? Property(type, "Response", IsObject);
        if (property is not null)
            return exception => property.GetValue(exception);
        // The exception itself carries the headers.
        return Property(type, "Headers", IsObject) is null ? null : static exception => exception;
    }

    private static string? HeaderOf(object response, string name)
    {
        var headers = Property(response.GetType(), "Headers", IsObject)?.GetValue(response);
        if (headers is null)
            return null;
        if (headers is System.Net.Http.Headers.HttpHeaders http)
            return http.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
        if (headers is IEnumerable<KeyValuePair<string, string>> pairs)
            return First(pairs, name);
        if (headers is IEnumerable<KeyValuePair<string, IEnumerable<string>>> lists)
            return First(lists, name)?.FirstOrDefault();
        var lookUp = headers.GetType().GetMethod(
            "TryGetValue", Visible, [typeof(string), typeof(string).MakeByRefType()]);
        object?[] arguments = [name, null];
        return lookUp?.Invoke(headers, arguments) is true ? arguments[1] as string : null;
    }

    private static TValue? First<TValue>(IEnumerable<KeyValuePair<string, TValue>> pairs, string name) =>
        pairs.FirstOrDefault(pair => name.Equals(pair.Key, StringComparison.OrdinalIgnoreCase)).Value;

    private static bool IsObject(Type type) => type != typeof(string) && !type.IsPrimitive && !type.IsEnum;

    // The most derived one, because a property may hide its base's.
    private static PropertyInfo? Property(Type type, string name, Func<Type, bool> fits)
    {
        for (var at = type; at is not null; at = at.BaseType)
        {
            var found = at.GetProperty(name, Visible | BindingFlags.DeclaredOnly);
            if (found is { CanRead: true } && found.GetIndexParameters().Length == 0 && fits(found.PropertyType))
                return found;
        }

        return null;
    }

    private static object? Read(PropertyInfo? property, Exception exception)
    {
        try
        {
            return property?.GetValue(exception);
        }
        catch (TargetInvocationException)
        {
            // A getter that throws tells nothing.
            return null;
        }
    }
}
