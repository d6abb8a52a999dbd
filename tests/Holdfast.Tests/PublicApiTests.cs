using System.Reflection;
using System.Runtime.CompilerServices;
using Holdfast.CircuitBreaking;
using Holdfast.Extensions.AI;
using Holdfast.Extensions.Polly;

namespace Holdfast.Tests;

/// <summary>Whoever changes the library's public outside does it on purpose: the outside is kept as a text.</summary>
public class PublicApiTests
{
    [Theory]
    [InlineData("PublicApi.txt", typeof(CircuitBreaker))]
    [InlineData("PublicApi.ExtensionsAi.txt", typeof(HoldfastChatClient))]
    [InlineData("PublicApi.ExtensionsPolly.txt", typeof(HoldfastPipelines))]
    public void The_public_outside_is_the_one_in_its_text(string file, Type any)
    {
        var path = Path.Combine(Folder(), file);
        var actual = PublicApi.Describe(any.Assembly);
        if (Environment.GetEnvironmentVariable("HOLDFAST_ACCEPT_API") == "1")
            File.WriteAllText(path, actual);

        var expected = File.Exists(path) ? File.ReadAllText(path) : "";

        Assert.True(expected == actual, Difference(expected, actual));
    }

    private static string Difference(string expected, string actual)
    {
        var before = expected.Split('\n');
        var after = actual.Split('\n');
        var lines = before.Except(after).Select(line => $"- {line}").Concat(after.Except(before).Select(l => $"+ {l}"));
        return "The public API changed:\n" + string.Join('\n', lines)
            + "\nIf that is meant, run the test with HOLDFAST_ACCEPT_API=1; it rewrites the texts.";
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}

/// <summary>Prints public types and members, sorted, one a line.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    public static string Describe(Assembly assembly)
    {
        var text = new System.Text.StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append($"{type.Namespace}.{Head(type)}\n");
            foreach (var line in Members(type).Order(StringComparer.Ordinal))
                text.Append($"    {line}\n");
        }

        return text.ToString();
    }

    private static string Head(Type type)
    {
        var kind = type.IsEnum ? "enum"
            : type.IsInterface ? "interface"
            : type.IsValueType ? "struct"
            : type is { IsAbstract: true, IsSealed: true } ? "static class"
            : type.IsSealed ? "sealed class"
            : "class";
        var parents = type.IsEnum ? [] : type.GetInterfaces().Select(Name).Order(StringComparer.Ordinal).ToArray();
        return parents.Length == 0 ? $"{Name(type)} {kind}" : $"{Name(type)} {kind} : {string.Join(", ", parents)}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name))}");
        return type.GetMembers(Declared).Where(IsOurs).Select(Line).OfType<string>();
    }

    // What the compiler makes for records is no news.
    private static bool IsOurs(MemberInfo member) =>
        member.GetCustomAttribute<CompilerGeneratedAttribute>() is null
        && member is not MethodInfo { IsSpecialName: true };

    private static string? Line(MemberInfo member) => member switch
    {
        ConstructorInfo made => $"new({Parameters(made)})",
        MethodInfo method =>
            $"{Static(method)}{Name(method.ReturnType)} {method.Name}{Generic(method)}({Parameters(method)})",
        PropertyInfo property =>
            $"{Static(property.GetMethod)}{Nullable(property)} {property.Name} {{ {Accessors(property)} }}",
        FieldInfo field => $"{(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}",
        EventInfo raised => $"event {Name(raised.EventHandlerType!)} {raised.Name}",
        _ => null,
    };

    private static string Static(MethodBase? method) => method is { IsStatic: true } ? "static " : "";

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Nullable(PropertyInfo property) =>
        Name(property.PropertyType)
        + (!property.PropertyType.IsValueType && Nullability.Create(property).ReadState == NullabilityState.Nullable
            ? "?"
            : "");

    private static string Accessors(PropertyInfo property)
    {
        var set = property.SetMethod is not { IsPublic: true } method ? ""
            : method.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;"
            : " set;";
        return $"get;{set}";
    }

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        var prefix = parameter.IsOut ? "out " : type.IsByRef ? "ref " : "";
        var nullable = !type.IsValueType && Nullability.Create(parameter).WriteState == NullabilityState.Nullable;
        var standard = parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "";
        return $"{prefix}{Name(type.IsByRef ? type.GetElementType()! : type)}{(nullable ? "?" : "")} "
            + $"{parameter.Name}{standard}";
    }

    private static string Name(Type type)
    {
        if (System.Nullable.GetUnderlyingType(type) is { } value)
            return Name(value) + "?";
        if (!type.IsGenericType)
            return type.Name;
        var name = type.Name.Contains('`') ? type.Name[..type.Name.IndexOf('`')] : type.Name;
        return $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }
}
