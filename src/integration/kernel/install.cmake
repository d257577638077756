# SPDX-License-Identifier: GPL-2.0-or-later
#
# `cmake --install`: what calls `drvswap persist` for each kernel that comes, where this machine's distribution looks for
# such programs. That is below /etc whatever the prefix; so only who installs to where the whole host finds drvswap gets
# it. Packages know for which distribution they are, and have it by themselves.

set(kind none)
if(EXISTS /etc/debian_version)
  set(kind debian)
elseif(EXISTS /usr/lib/kernel/install.d)
  set(kind kernel-install)
endif()
set(DRVSWAP_KERNEL_HOOK ${kind} CACHE STRING "What installs kernels, and is to call drvswap persist: debian, kernel-install or none")
set_property(CACHE DRVSWAP_KERNEL_HOOK PROPERTY STRINGS debian kernel-install none)

# hook(FILE DIRECTORY NAME)
function(hook file directory name)
  install(CODE "
    if(CMAKE_INSTALL_PREFIX MATCHES \"^/usr(/local)?/?$\")
      file(INSTALL DESTINATION \"${directory}\" TYPE PROGRAM RENAME \"${name}\" FILES \"${file}\")
    endif()" COMPONENT kernel-hook)
endfunction()

if(DRVSWAP_KERNEL_HOOK MATCHES "^(debian|kernel-install)$")
  foreach(when postinst.d header_postinst.d)
    hook(${CMAKE_CURRENT_LIST_DIR}/persist /etc/kernel/${when} zz-drvswap-persist)
  endforeach()
endif()
if(DRVSWAP_KERNEL_HOOK STREQUAL kernel-install)
  hook(${CMAKE_CURRENT_LIST_DIR}/../packages/rpm/kernel-install-persist /etc/kernel/install.d 46-drvswap-persist.install)
endif()
