using Microsoft.Extensions.Options;

namespace Holdfast.DependencyInjection;

/// <summary>Options without a value: what makes a host look at the configuration when it starts.</summary>
internal sealed class HoldfastAtStart
{
    public sealed class Validation(HoldfastBuilder builder) : IValidateOptions<HoldfastAtStart>
    {
        public ValidateOptionsResult Validate(string? name, HoldfastAtStart options) =>
            builder.Problems() is { Count: > 0 } problems
                ? ValidateOptionsResult.Fail(problems)
                : ValidateOptionsResult.Success;
    }
}
